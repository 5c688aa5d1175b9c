"""What ends soon, whom it belongs to, and which of it they were told of."""

from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from nexus.core.store.database import Database
from nexus.core.store.people_tables import person, person_role, reminder, token
from nexus.core.store.tables import connection

OWNER_ROLE = "owner"


def connections_that_end(database: Database, after: int, before: int) -> list[Any]:
    """Return the connections in use whose credentials end in this time."""
    ends = connection.c.expires
    which = connection.c.enabled & (ends > after) & (ends <= before)
    columns = (connection.c.id, connection.c.alias, ends, connection.c.owner.label("person_id"))
    return database.rows(select(*columns).where(which).order_by(ends))


def tokens_that_end(database: Database, after: int, before: int) -> list[Any]:
    """Return the API tokens that end in this time."""
    ends = token.c.expires
    which = token.c.console.is_(False) & (ends > after) & (ends <= before)
    columns = (token.c.id, token.c.name, ends, token.c.person_id)
    return database.rows(select(*columns).where(which).order_by(ends))


def addresses_of(database: Database, person_id: str) -> list[str]:
    """Return where to write to somebody; to the owners, when they cannot be reached any more."""
    here = person.c.email.is_not(None) & person.c.disabled.is_(None)
    own = database.rows(select(person.c.email).where(here, person.c.id == person_id))
    owners = select(person.c.email).join(person_role, person_role.c.person_id == person.c.id)
    rows = own or database.rows(owners.where(here, person_role.c.role == OWNER_ROLE))
    return [row.email for row in rows]


def claim(database: Database, about: str, due: int) -> bool:
    """Take it upon oneself to tell of this; False when somebody has."""
    try:
        with database.write() as writer:
            writer.execute(insert(reminder).values(about=about, due=due))
    except IntegrityError:
        return False
    return True


def let_go(database: Database, about: str, due: int) -> None:
    """Give back what could not be told, so that it is tried again."""
    with database.write() as writer:
        writer.execute(delete(reminder).where(reminder.c.about == about, reminder.c.due == due))


def forget(database: Database, before: int) -> None:
    """Forget what was told of days that are long over."""
    with database.write() as writer:
        writer.execute(delete(reminder).where(reminder.c.due < before))

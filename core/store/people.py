"""People, their roles, what was changed of their rights, and invitations."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from nexus.core.model.deed import Deed
from nexus.core.store.database import Database
from nexus.core.store.people_tables import (
    identity,
    invitation,
    link,
    passkey,
    person,
    person_role,
    recovery,
    right_change,
    session,
    token,
)

OWNER_ROLE = "owner"


def hashed(secret: str) -> str:
    """Return what is stored of a secret that its holder shows again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_person(
    database: Database, values: dict[str, Any], roles: Iterable[str], done: Deed | None = None
) -> None:
    """Add a person with their roles."""
    with database.write() as connection:
        insert_person(connection, values, roles)
        database.audit(connection, done)


def insert_person(connection: Connection, values: dict[str, Any], roles: Iterable[str]) -> None:
    """Add a person inside an open write transaction."""
    blank = {"email": None, "team": "", "client": None, "password": None, "totp": None}
    row = {**blank, "disabled": None, "heir": None, "totp_step": 0, **values}
    connection.execute(insert(person).values(row))
    _put_roles(connection, row["id"], roles)


def find_person(database: Database, person_id: str) -> Any | None:
    """Return a person's row."""
    return database.one(select(person).where(person.c.id == person_id))


def find_by_email(database: Database, email: str) -> Any | None:
    """Return the person with this address (lower case)."""
    return database.one(select(person).where(person.c.email == email))


def all_people(database: Database) -> list[Any]:
    """Return every person, in the order in which they came."""
    return database.rows(select(person).order_by(person.c.created, person.c.id))


def roles_of(database: Database, person_id: str) -> tuple[str, ...]:
    """Return a person's roles."""
    statement = select(person_role.c.role).where(person_role.c.person_id == person_id)
    return tuple(row.role for row in database.rows(statement.order_by(person_role.c.role)))


def all_roles(database: Database) -> dict[str, tuple[str, ...]]:
    """Return everybody's roles."""
    found: dict[str, tuple[str, ...]] = {}
    for row in database.rows(select(person_role).order_by(person_role.c.role)):
        found[row.person_id] = (*found.get(row.person_id, ()), row.role)
    return found


def change_person(
    database: Database, person_id: str, done: Deed | None = None, /, **values: Any
) -> None:
    """Change some columns of a person."""
    with database.write() as connection:
        connection.execute(update(person).where(person.c.id == person_id).values(values))
        database.audit(connection, done)


def use_code(database: Database, person_id: str, step: int) -> bool:
    """Remember the newest code that was used; False when it, or a later one, was used before."""
    newer = (person.c.id == person_id) & (person.c.totp_step < step)
    with database.write() as connection:
        return bool(connection.execute(update(person).where(newer).values(totp_step=step)).rowcount)


def set_roles(
    database: Database, person_id: str, roles: Sequence[str], client: str | None, done: Deed
) -> bool:
    """Replace a person's roles and end their sessions; False when no owner would be left."""
    with database.write() as connection:
        if OWNER_ROLE not in roles and _is_last_owner(connection, person_id):
            return False
        connection.execute(delete(person_role).where(person_role.c.person_id == person_id))
        _put_roles(connection, person_id, roles)
        connection.execute(update(person).where(person.c.id == person_id).values(client=client))
        connection.execute(delete(session).where(session.c.person_id == person_id))
        database.audit(connection, done)
    return True


def disable(database: Database, person_id: str, heir: str | None, done: Deed) -> bool:
    """Shut a person out: sessions, tokens and links go; False when no owner would be left."""
    with database.write() as connection:
        if _is_last_owner(connection, person_id):
            return False
        gone = {"disabled": done.at, "heir": heir}
        connection.execute(update(person).where(person.c.id == person_id).values(gone))
        for table in (session, token, link):
            connection.execute(delete(table).where(table.c.person_id == person_id))
        database.audit(connection, done)
    return True


def active_owner(database: Database) -> str | None:
    """Return the first owner who may sign in."""
    statement = (
        select(person.c.id)
        .join(person_role, person_role.c.person_id == person.c.id)
        .where(person_role.c.role == OWNER_ROLE, person.c.disabled.is_(None))
        .order_by(person.c.created)
    )
    row = database.one(statement)
    return row.id if row else None


def forget_factors(database: Database, person_id: str, done: Deed) -> None:
    """Take away password, second factor and passkeys, and end every session."""
    blank = {"password": None, "totp": None}
    with database.write() as connection:
        connection.execute(update(person).where(person.c.id == person_id).values(blank))
        for table in (passkey, session, recovery):
            connection.execute(delete(table).where(table.c.person_id == person_id))
        database.audit(connection, done)


def drop_code_app(database: Database, person_id: str, done: Deed) -> None:
    """Take away the code app, and the recovery codes that took its place."""
    with database.write() as connection:
        connection.execute(update(person).where(person.c.id == person_id).values(totp=None))
        connection.execute(delete(recovery).where(recovery.c.person_id == person_id))
        database.audit(connection, done)


def right_changes(database: Database) -> dict[str, dict[tuple[str, str], str | None]]:
    """Return every change of rights, by subject: `role:<id>` or a person's id."""
    found: dict[str, dict[tuple[str, str], str | None]] = {}
    for row in database.rows(select(right_change)):
        found.setdefault(row.subject, {})[row.resource, row.verb] = row.scope
    return found


def change_right(
    database: Database,
    subject: str,
    pair: tuple[str, str],
    scope: str | None,
    inherit: bool,
    done: Deed,
) -> None:
    """Give (a scope) or take (None) one right; with `inherit` the change itself goes."""
    resource, verb = pair
    which = {"subject": subject, "resource": resource, "verb": verb}
    with database.write() as connection:
        connection.execute(delete(right_change).filter_by(**which))
        if not inherit:
            connection.execute(insert(right_change).values(scope=scope, **which))
        database.audit(connection, done)


def put_invitation(database: Database, values: dict[str, Any], done: Deed) -> None:
    """Keep an invitation; an older one to the same address is worth nothing any more."""
    with database.write() as connection:
        connection.execute(delete(invitation).where(invitation.c.email == values["email"]))
        connection.execute(insert(invitation).values(values))
        database.audit(connection, done)


def find_invitation(database: Database, secret: str, now: int) -> Any | None:
    """Return an open invitation."""
    which = (invitation.c.hash == hashed(secret)) & (invitation.c.expires > now)
    return database.one(select(invitation).where(which))


def take_invitation(database: Database, secret: str, values: dict[str, Any], done: Deed) -> bool:
    """Turn an invitation into a person, once; False when it is used, revoked or over."""
    with database.write() as connection:
        gone = delete(invitation).where(invitation.c.hash == hashed(secret))
        row = connection.execute(gone.returning(invitation)).first()
        if row is None or row.expires <= done.at:
            return False
        kept = {"email": row.email, "team": row.team, "client": row.client, **values}
        insert_person(connection, kept, _texts(row.roles))
        database.audit(connection, done)
    return True


def all_invitations(database: Database, now: int) -> list[Any]:
    """Return the invitations that are still open."""
    statement = select(invitation).where(invitation.c.expires > now)
    return database.rows(statement.order_by(invitation.c.created))


def drop_invitation(database: Database, email: str, done: Deed) -> None:
    """Take an invitation back."""
    with database.write() as connection:
        connection.execute(delete(invitation).where(invitation.c.email == email))
        database.audit(connection, done)


def find_identity(database: Database, issuer: str, subject: str) -> str | None:
    """Return the person whom a provider calls `subject`."""
    row = database.one(select(identity.c.person_id).filter_by(issuer=issuer, subject=subject))
    return row.person_id if row else None


def bind_identity(database: Database, issuer: str, subject: str, person_id: str) -> None:
    """Remember whom a provider's subject is."""
    row = {"issuer": issuer, "subject": subject, "person_id": person_id}
    with database.write() as connection:
        connection.execute(insert(identity).values(row))


def _put_roles(connection: Connection, person_id: str, roles: Iterable[str]) -> None:
    for role in sorted(set(roles)):
        connection.execute(insert(person_role).values(person_id=person_id, role=role))


def _is_last_owner(connection: Connection, person_id: str) -> bool:
    owners = (
        select(person.c.id)
        .join(person_role, person_role.c.person_id == person.c.id)
        .where(person_role.c.role == OWNER_ROLE, person.c.disabled.is_(None))
    )
    return [row.id for row in connection.execute(owners)] == [person_id]


def _texts(raw: bytes) -> list[str]:
    return msgspec.json.decode(raw, type=list[str])

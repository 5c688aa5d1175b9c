"""Decision tables as they stand now; a flow's version keeps its own copy of those it uses."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, update

from nexus.core.model.deed import Deed
from nexus.core.store.database import Database
from nexus.core.store.tables import decision


def all_decisions(database: Database) -> list[Any]:
    """Return every table, by id."""
    return database.rows(select(decision).order_by(decision.c.id))


def find_decision(database: Database, table_id: str) -> Any | None:
    """Return a table's row."""
    return database.one(select(decision).where(decision.c.id == table_id))


def sources(database: Database, ids: Iterable[str]) -> dict[str, str]:
    """Return the words of those tables that are there."""
    wanted = select(decision.c.id, decision.c.source).where(decision.c.id.in_(list(ids)))
    return {row.id: row.source for row in database.rows(wanted)}


def save_decision(database: Database, values: dict[str, Any], done: Deed) -> None:
    """Write a table's words: a new table, or new words for a known one."""
    which = decision.c.id == values["id"]
    with database.write() as connection:
        known = connection.execute(update(decision).where(which).values(values)).rowcount
        if not known:
            connection.execute(insert(decision).values(values))
        database.audit(connection, done)

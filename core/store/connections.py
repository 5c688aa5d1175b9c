"""Connections: credential sets, sealed as a whole."""

from typing import Any

import msgspec
from sqlalchemy import delete, insert, select

from nexus.core.model.deed import Deed
from nexus.core.store.database import Database
from nexus.core.store.tables import connection


def save_connection(
    database: Database, alias: str, module: str, sealed: str, allow: list[str], done: Deed
) -> None:
    """Write a connection, new or known."""
    row = {
        "alias": alias,
        "module": module,
        "sealed": sealed,
        "allow": msgspec.json.encode(allow),
        "changed": done.at,
    }
    with database.write() as writer:
        writer.execute(delete(connection).where(connection.c.alias == alias))
        writer.execute(insert(connection).values(row))
        database.audit(writer, done)


def find_connection(database: Database, alias: str) -> Any | None:
    """Return a connection's row."""
    return database.one(select(connection).where(connection.c.alias == alias))


def all_connections(database: Database) -> list[Any]:
    """Return every connection by alias."""
    return database.rows(select(connection).order_by(connection.c.alias))

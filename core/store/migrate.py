"""Bring the data of an older Nexus to the present schema: one file a schema, one transaction."""

import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, select, update

from nexus.core.model.problem import Problem, Refused
from nexus.core.store import tables

FOLDER = Path(__file__).parent / "migrations"
log = logging.getLogger("nexus.store")


def migrate(engine: Engine, path: Path, writing: Mapping[str, Any]) -> None:
    """Bring the database to `SCHEMA_VERSION`; a new one has nothing to bring.

    `writing` are the options of a connection that writes.

    Raises:
        Refused: A newer Nexus wrote it, or a migration does not fit; the data is as it was.
    """
    found = _schema(engine)
    if found is None or found == tables.SCHEMA_VERSION:
        return
    if found > tables.SCHEMA_VERSION:
        raise Refused(_too_new(path, found))
    due = _due(found)
    copy = _back_up(path, found) if path.exists() else path.parent  # a server has its own backups
    try:
        with engine.connect().execution_options(**writing) as connection, connection.begin():
            _apply(connection, due)
    except Exception as error:
        raise Refused(_unfit(path, copy, error)) from error
    log.info("the data was brought from schema %s to %s", found, tables.SCHEMA_VERSION)


def _schema(engine: Engine) -> int | None:
    """Return the number that the data was written with; None when there is no data yet."""
    if not inspect(engine).has_table(tables.meta.name):
        return None
    with engine.connect() as connection:
        query = select(tables.meta.c.value).where(tables.meta.c.name == "schema")
        number = connection.scalar(query)
    return None if number is None else int(number)


def _due(found: int) -> list[Path]:
    """Return the files that lead from a schema to the present one, in order."""
    numbers = range(found + 1, tables.SCHEMA_VERSION + 1)
    return [next(FOLDER.glob(f"{number:04}_*.sql")) for number in numbers]


def _apply(connection: Connection, due: list[Path]) -> None:
    for path in due:
        for statement in statements(path.read_text()):
            connection.exec_driver_sql(statement)
    number = str(tables.SCHEMA_VERSION)
    connection.execute(
        update(tables.meta).where(tables.meta.c.name == "schema").values(value=number)
    )


def statements(text: str) -> Iterator[str]:
    """Split a file where a statement ends; a `;` in a text or a trigger does not end one."""
    so_far = ""
    for line in text.splitlines(keepends=True):
        so_far += line
        if sqlite3.complete_statement(so_far):
            yield so_far
            so_far = ""
    if so_far.strip():
        yield so_far


def _back_up(path: Path, found: int) -> Path:
    """Leave a whole copy beside the database, on the disk for sure, before anything is changed."""
    copy = path.with_name(f"{path.name}.schema-{found}")
    copy.unlink(missing_ok=True)
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    for place in (copy, copy.parent):
        handle = os.open(place, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return copy


def _too_new(path: Path, found: int) -> Problem:
    return Problem(
        code="schema_too_new",
        title=f"The data in {path.parent} was written by a newer Nexus (schema {found}).",
        expected=f"schema {tables.SCHEMA_VERSION} or older",
        hint="Install the newer version, or name another folder with --data.",
    )


def _unfit(path: Path, copy: Path, error: Exception) -> Problem:
    words = str(error).partition("\n")[0]
    return Problem(
        code="not_migrated",
        title=f"The data in {path.parent} could not be brought to this Nexus's schema.",
        status=500,
        detail=f"{type(error).__name__}: {words}.",
        hint=f"Nothing was changed: start the earlier version again. A copy is in {copy}.",
    )

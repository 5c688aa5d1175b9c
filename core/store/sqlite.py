"""What SQLite needs to be told: WAL, a full sync on every commit, one writer at a time."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event

WAL_SIZE = 64 * 1024 * 1024  # bytes that its file keeps, to be written over instead of made anew
PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "busy_timeout=5000",
    "wal_autocheckpoint=0",  # it would tell nobody of a failed sync: see wal.py
    f"journal_size_limit={WAL_SIZE}",
)
UNSYNCED = (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)


def is_unsynced(error: BaseException | None) -> bool:
    """Say whether the disk would not sync.

    The kernel may have dropped what was written, and still call the next sync a success.
    """
    return getattr(error, "sqlite_errorcode", None) in UNSYNCED


def settle(connection: Any) -> None:
    """Copy what the WAL holds to the database and sync it there, past nobody who still reads."""
    connection.cursor().execute("pragma wal_checkpoint(passive)")


def open_engine(path: Path) -> Engine:
    """Return an engine on one database file; every write transaction begins IMMEDIATE."""
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"check_same_thread": False}, pool_size=16
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    if not connection.execute("pragma page_count").fetchone()[0]:  # else it would ask to write
        connection.execute("pragma auto_vacuum=incremental")
    for pragma in PRAGMAS:
        connection.execute(f"pragma {pragma}")


def _begin(connection: Any) -> None:
    """Take the write lock at once, so that two writers queue instead of failing half-way."""
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")

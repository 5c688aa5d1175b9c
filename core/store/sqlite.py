"""What SQLite needs to be told: WAL, a full sync on every commit, one writer at a time."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, create_engine, event

from nexus.core.store.dialect import Backend
from nexus.core.store.pen import Group, Pen
from nexus.core.store.statements import ALL
from nexus.core.store.wal import WAL_SIZE, Growth

FILE = "nexus.db"
PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "busy_timeout=5000",
    "wal_autocheckpoint=0",  # it would tell nobody of a failed sync: see wal.py
    f"journal_size_limit={WAL_SIZE}",
)
UNSYNCED = (sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)


class Sqlite(Backend):
    """One file, one process that drives its runs."""

    shared = False
    writing = MappingProxyType({"writes": True})  # BEGIN IMMEDIATE: the only writer by itself

    def __init__(self, folder: Path) -> None:
        (folder / FILE).touch(mode=0o600)  # SQLite's other files take their rights from it
        self.engine = open_engine(folder / FILE)
        self.growth = Growth(folder / FILE)
        self._settle_earlier()

    @property
    def title(self) -> str:
        """What this is, for people."""
        return f"SQLite {sqlite3.sqlite_version}"

    def is_unsynced(self, error: BaseException | None) -> bool:
        """Say whether the disk would not sync.

        The kernel may have dropped what was written, and still call the next sync a success.
        """
        return getattr(error, "sqlite_errorcode", None) in UNSYNCED

    def settle(self, connection: Any) -> None:
        """Copy what the WAL holds to the database and sync it, past nobody who still reads."""
        settle(connection)

    def pen(self) -> Pen:
        """Return what the committer writes with."""
        return SqlitePen(self.engine)

    def _settle_earlier(self) -> None:
        """Sync what an earlier process left in the WAL.

        A sync that failed then may have left pages that only the kernel's memory holds.
        """
        with closing(self.engine.raw_connection()) as connection:
            settle(connection)


class SqlitePen(Pen):
    """Runs each statement over its rows; inside one process that costs next to nothing."""

    _begin = "BEGIN IMMEDIATE"

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.dialect)
        self.connection = engine.raw_connection()
        self._sql = {write: write.sql(engine.dialect) for write in ALL}

    def put(self, groups: Sequence[Group]) -> bool:
        """Write rows; False when a fenced write changed fewer rows than it was given."""
        cursor = self.connection.cursor()
        for write, rows in groups:
            cursor.executemany(self._sql[write], rows)
            if write.fenced and cursor.rowcount != len(rows):
                return False
        return True


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

"""The open database: short reads, short writes, and the installation's own facts."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable, Row, insert, select
from sqlalchemy.exc import DBAPIError

from nexus.core.model.problem import Problem, Refused
from nexus.core.store import people_tables as _more  # noqa: F401 - importing them adds them
from nexus.core.store import tables
from nexus.core.store.sqlite import is_unsynced, open_engine, settle

FILE = "nexus.db"
log = logging.getLogger("nexus.store")


class Database:
    """One installation's data. Runs are written by the committer only; all else by `write`.

    Once the disk would not sync, nothing more is written: only a new process can know what is on
    it. `on_lost` is told then.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        (folder / FILE).touch(mode=0o600)  # SQLite's other files take their rights from it
        self.engine = open_engine(folder / FILE)
        settle(self.engine)
        tables.metadata.create_all(self.engine)
        self.lost = False
        self.on_lost: Callable[[], None] = lambda: None
        self.installation = self._introduce()

    def rows(self, statement: Executable) -> list[Row[Any]]:
        """Run a query and return every row."""
        with self.engine.connect() as connection:
            return list(connection.execute(statement))

    def one(self, statement: Executable) -> Row[Any] | None:
        """Run a query and return its first row, or None."""
        with self.engine.connect() as connection:
            return connection.execute(statement).first()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a short write transaction; it commits at the end of the block.

        Raises:
            Refused: The disk would not sync an earlier one.
        """
        if self.lost:
            raise Refused(_lost())
        connect = self.engine.connect().execution_options(writes=True)
        try:
            with connect as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            self.notice(error.orig)
            raise

    def notice(self, error: BaseException | None) -> None:
        """Give up writing when this error says that the disk would not sync."""
        if is_unsynced(error) and not self.lost:
            self.lost = True
            log.critical("the disk would not sync (%s): nothing more is accepted", error)
            self.on_lost()

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _introduce(self) -> str:
        """Return the installation's id, made at the first start; refuse a newer schema."""
        with self.write() as connection:
            known = {row.name: row.value for row in connection.execute(select(tables.meta))}
            if not known:
                known = {"installation": secrets.token_hex(8), "schema": str(tables.SCHEMA_VERSION)}
                rows = [{"name": name, "value": value} for name, value in known.items()]
                connection.execute(insert(tables.meta), rows)
        if int(known["schema"]) > tables.SCHEMA_VERSION:
            raise Refused(_too_new(self.folder, known["schema"]))
        return str(known["installation"])


def _lost() -> Problem:
    return Problem(
        code="unavailable",
        title="The disk would not keep what was written; Nexus stops and takes nothing more.",
        status=503,
        hint="Look after the disk, then start Nexus again.",
    )


def _too_new(folder: Path, schema: str) -> Problem:
    return Problem(
        code="schema_too_new",
        title=f"The data in {folder} was written by a newer Nexus (schema {schema}).",
        expected=f"schema {tables.SCHEMA_VERSION} or older",
        hint="Install the newer version, or name another folder with --data.",
    )

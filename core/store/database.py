"""The open database: short reads, short writes, and the installation's own facts."""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any

from sqlalchemy import Connection, Executable, Row, insert, select
from sqlalchemy.exc import DBAPIError

from nexus.core.model.deed import Deed
from nexus.core.model.problem import Problem, Refused
from nexus.core.store import people_tables as _more  # noqa: F401 - importing them adds them
from nexus.core.store import tables
from nexus.core.store.audit import Chain
from nexus.core.store.backend import open_backend
from nexus.core.store.hold import Hold
from nexus.core.store.keys import KEY_FILE, VARIABLE
from nexus.core.store.migrate import migrate
from nexus.core.store.vault import Vault

FILE = "nexus.db"
ROOT = "root:main"
log = logging.getLogger("nexus.store")


class Database:
    """One installation's data. Runs are written by the committer only; all else by `write`.

    Once the disk would not sync, nothing more is written: only a new process can know what is on
    it. `on_lost` is told then.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.backend = open_backend(folder)
        self.engine = self.backend.engine
        self.growth = self.backend.growth
        migrate(self.engine, folder / FILE, self.backend.writing)
        self.lost = ""  # why nothing more may be written
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
            raise Refused(_lost(self.lost))
        connect = self.engine.connect().execution_options(**self.backend.writing)
        try:
            with connect as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            self.notice(error.orig)
            raise
        self.growth.changes += 1
        if self.growth.is_large:
            with closing(self.engine.raw_connection()) as raw:
                self.settle(raw)

    def settle(self, connection: Any) -> None:
        """Empty the WAL into the database; a full or busy disk is met again at the next time."""
        self.growth.changes = 0
        if self.lost:
            return
        try:
            self.backend.settle(connection)
        except DatabaseError as error:
            self.notice(error)
            log.warning("the database could not take over what the WAL holds: %s", error)

    def notice(self, error: BaseException | None) -> None:
        """Give up writing when this error says that the disk would not sync."""
        if self.backend.is_unsynced(error):
            self.retire(f"the disk would not sync ({error})")

    def retire(self, why: str) -> None:
        """Write nothing more."""
        if not self.lost:
            self.lost = why
            log.critical("%s: nothing more is accepted", why)
            self.on_lost()

    @cached_property
    def vault(self) -> Vault:
        """What seals this installation's secrets; its keys are not kept here."""
        return Vault(self.folder, self.installation)

    @cached_property
    def chain(self) -> Chain:
        """The audit log's chain; who holds only the database does not have its key."""
        return Chain(self.installation, self.derive("audit"), self.backend.hold)

    @cached_property
    def hold(self) -> Hold:
        """Whether this installation stands still, and why."""
        return Hold(self, None if self.backend.shared else self.folder / FILE)

    def derive(self, purpose: str) -> str:
        """Return a key for a purpose; it stays the same when the master keys rotate.

        It is made from a root secret that was drawn once and lies here sealed, so that a rotation
        seals it anew like every other secret.

        Raises:
            Refused: The master key that the root is sealed with is not here.
        """
        (sealed,) = self.rows(select(tables.root.c.sealed))[0]
        try:
            key = bytes.fromhex(self.vault.open(sealed, ROOT))
        except Refused:
            raise Refused(_other_key(self.folder)) from None
        return hashlib.blake2b(purpose.encode(), key=key, digest_size=32).hexdigest()

    def audit(self, connection: Connection, deed: Deed | None) -> None:
        """Write down what this open write transaction does, and who did it, if anybody."""
        if deed is not None:
            self.chain.append(connection.execute, deed)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _introduce(self) -> str:
        """Return the installation's id, made at the first start."""
        with self.write() as connection:
            tables.metadata.create_all(connection)
            known = {row.name: row.value for row in connection.execute(select(tables.meta))}
            if not known:
                known = {"installation": secrets.token_hex(8), "schema": str(tables.SCHEMA_VERSION)}
                rows = [{"name": name, "value": value} for name, value in known.items()]
                connection.execute(insert(tables.meta), rows)
                sealed = Vault(self.folder, known["installation"]).seal(secrets.token_hex(32), ROOT)
                connection.execute(insert(tables.root).values(name="main", sealed=sealed))
        return str(known["installation"])


def _other_key(folder: Path) -> Problem:
    return Problem(
        code="other_key",
        title=f"The master key is not the one that the data in {folder} was sealed with.",
        status=500,
        expected=f"the {KEY_FILE} that belongs to this folder, or its key in ${VARIABLE}",
        hint="Put it back; it is kept apart from the backups of the data.",
    )


def _lost(why: str) -> Problem:
    return Problem(
        code="unavailable",
        title=f"Nexus stops and takes nothing more: {why}.",
        status=503,
        hint="Look after the disk, or install what the others run; then start Nexus again.",
    )

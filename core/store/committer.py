"""The group committer: one thread that makes many small changes durable in one commit.

A change that comes alone is written at once. While several come together, each commit waits a
millisecond for more, because a commit costs as much as ten changes. Nobody else writes runs.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Executable

from nexus.core.store.database import Database
from nexus.core.store.redaction import Redaction, without_secrets
from nexus.core.store.statements import ALL, Write
from nexus.core.store.ticket import (
    Change,
    Fenced,
    Repeated,
    Ticket,
    Unavailable,
    Unfit,
    Work,
)
from nexus.core.store.wal import QUIET

GATHER = 0.001  # seconds; bench T3 and T4 tell what it brings


class Committer:
    """Owns the only connection that writes runs."""

    def __init__(self, database: Database, redaction: Redaction) -> None:
        self._redaction = redaction
        self._database = database
        self._connection = database.engine.raw_connection()
        self._sql = {write: write.sql(database.engine.dialect) for write in ALL}
        self._dialect = database.engine.dialect
        self._errors: Any = database.engine.dialect.loaded_dbapi
        self._misfits = (
            *(OverflowError, ValueError, TypeError),
            *(self._errors.DataError, self._errors.InterfaceError, self._errors.ProgrammingError),
        )
        self._buffer: list[Ticket] = []
        self._work = threading.Condition()
        self._open = True
        self.commits = 0
        self.deliver: Callable[[list[Ticket]], None] = lambda tickets: None
        self.on_commit: Callable[[list[Ticket]], None] = lambda tickets: None
        self._thread = threading.Thread(target=self._live, name="committer", daemon=True)
        self._thread.start()

    def submit(
        self,
        change: Change,
        then: Callable[[Ticket], None] | None = None,
        work: Work | None = None,
        texts: bytes | None = None,
    ) -> Ticket:
        """Hand over a change, and work that belongs to it; see `Ticket` for `texts`.

        Kept whole or not at all, and never with a secret in it.
        """
        return self._put(Ticket(change, then, work, texts))

    def call(self, work: Work, then: Callable[[Ticket], None] | None = None) -> Ticket:
        """Run `work(execute)` inside the next commit; its answer is the ticket's result."""
        return self._put(Ticket([], then, work))

    @property
    def backlog(self) -> int:
        """How many changes wait for the disk."""
        return len(self._buffer)

    def close(self) -> None:
        """Finish what was handed over, then stop."""
        with self._work:
            self._open = False
            self._work.notify()
        self._thread.join(timeout=10)
        self._connection.close()

    def _put(self, ticket: Ticket) -> Ticket:
        with self._work:
            if not self._open:
                ticket.error = Unavailable("Nexus is stopping")
                ticket.finish()
                return ticket
            self._buffer.append(ticket)
            if len(self._buffer) == 1:
                self._work.notify()
        return ticket

    def _live(self) -> None:
        busy = False
        while True:
            if not self._comes():
                self._database.settle(self._connection)
                continue
            if busy:
                time.sleep(GATHER)
            batch = self._take()
            if not batch:
                return
            busy = len(batch) > 1
            self._commit(batch)
            self._tell(batch)
            if self._database.growth.is_large:
                self._database.settle(self._connection)

    def _comes(self) -> bool:
        """Wait for changes or the end; False when it is quiet and earlier ones can be settled."""
        with self._work:
            while not self._buffer and self._open:
                seconds = QUIET if self._database.growth.changes else None
                if not self._work.wait(seconds):
                    return False
        return True

    def _take(self) -> list[Ticket]:
        with self._work:
            batch, self._buffer = self._buffer, []
        return batch

    def _tell(self, batch: list[Ticket]) -> None:
        """Wake everyone: threads by their lock, the loop by one call for the whole batch."""
        self.on_commit(batch)
        then = [ticket for ticket in batch if ticket.then is not None]
        if then:
            self.deliver(then)
        for ticket in batch:
            ticket.finish()

    def _commit(self, batch: list[Ticket]) -> None:
        try:
            if self._database.lost:
                raise Unavailable("the disk would not sync")
            fit = without_secrets(self._redaction, batch)
            if not self._together(fit):
                self._one_by_one(fit)
            self._database.growth.changes += len(batch)
        except Exception as error:  # noqa: BLE001 - the only writer must outlive anything
            self._undo()
            self._database.notice(error)
            # those waited for the same lock or disk; nobody waits for it twice
            batch += self._take()
            for ticket in batch:
                ticket.error = Unavailable(str(error))

    def _together(self, batch: list[Ticket]) -> bool:
        """Write the whole batch in one go; False (and nothing kept) when one of it will not fit."""
        groups: dict[Write, list[tuple[Any, ...]]] = {}
        for ticket in batch:
            for write, row in ticket.change:
                groups.setdefault(write, []).append(row)
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            for write in sorted(groups, key=_order):
                if not self._write(cursor, write, groups[write]):
                    raise Fenced
            self._run_works(cursor, batch)
        except (Fenced, self._errors.IntegrityError, *self._misfits):
            cursor.execute("ROLLBACK")
            return False
        cursor.execute("COMMIT")
        self.commits += 1
        return True

    def _run_works(self, cursor: Any, batch: Sequence[Ticket]) -> None:
        for ticket in batch:
            if ticket.work is not None:
                ticket.result = ticket.work(partial(self._execute, cursor))

    def _execute(self, cursor: Any, statement: Executable) -> list[tuple[Any, ...]]:
        """Run one SQLAlchemy statement on the committer's own cursor."""
        compiled: Any = statement.compile(  # type: ignore[attr-defined]
            dialect=self._dialect, compile_kwargs={"render_postcompile": True}
        )
        cursor.execute(str(compiled), [compiled.params[name] for name in compiled.positiontup])
        return cursor.fetchall() if cursor.description else []

    def _write(self, cursor: Any, write: Write, rows: list[tuple[Any, ...]]) -> bool:
        cursor.executemany(self._sql[write], rows)
        return not write.fenced or cursor.rowcount == len(rows)

    def _one_by_one(self, batch: list[Ticket]) -> None:
        """Write each change under its own savepoint, so that one misfit stops only itself."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for ticket in batch:
            cursor.execute("SAVEPOINT one")
            try:
                for write, row in sorted(ticket.change, key=lambda pair: pair[0].order):
                    if not self._write(cursor, write, [row]):
                        raise Fenced
                self._run_works(cursor, [ticket])
            except self._errors.IntegrityError as error:
                ticket.error = Repeated(str(error))
            except Fenced as error:
                ticket.error = error
            except self._misfits as error:
                ticket.error = Unfit(f"{type(error).__name__}: {error}")
            cursor.execute("ROLLBACK TO one" if ticket.error else "RELEASE one")
        cursor.execute("COMMIT")
        self.commits += 1

    def _undo(self) -> None:
        try:
            self._connection.cursor().execute("ROLLBACK")
        except self._errors.Error:
            return


def _order(write: Write) -> int:
    return write.order

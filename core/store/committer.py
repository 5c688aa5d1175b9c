"""The group committer: one thread that makes many small changes durable in one commit.

A change that comes alone is written at once. While several come together, each commit waits a
millisecond for more, because a commit costs as much as ten changes. Nobody else writes runs.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from nexus.core.store.database import Database
from nexus.core.store.pen import Group, InDoubt
from nexus.core.store.redaction import Redaction, without_secrets
from nexus.core.store.statements import Write
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
ASK_AGAIN = 0.5  # seconds, while a commit is in doubt
log = logging.getLogger("nexus.store")


class Committer:
    """Owns the only connection that writes runs."""

    def __init__(self, database: Database, redaction: Redaction) -> None:
        self._redaction = redaction
        self._database = database
        self._pen = database.backend.pen()
        self._in_doubt: list[Ticket] = []
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
        for ticket in self._in_doubt:
            ticket.error = Unavailable("Nexus is stopping")
            ticket.finish()
        self._pen.close()

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
                self._database.settle(self._pen.connection)
                continue
            if busy:
                time.sleep(GATHER)
            batch = self._take()
            if not batch and not self._open:
                return
            busy = len(batch) > 1
            self._tell(self._commit(batch))
            if self._database.growth.is_large:
                self._database.settle(self._pen.connection)

    def _comes(self) -> bool:
        """Wait for changes or the end; False when it is quiet and earlier ones can be settled."""
        with self._work:
            while not self._buffer and self._open:
                seconds = QUIET if self._database.growth.changes else None
                if self._in_doubt:
                    return self._work.wait(ASK_AGAIN) or True
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

    def _commit(self, batch: list[Ticket]) -> list[Ticket]:
        """Write a batch; return the tickets whose end is known now."""
        settled: list[Ticket] = []
        try:
            if self._database.lost:
                raise Unavailable(self._database.lost)
            settled = self._clear_doubt()
            fit = without_secrets(self._redaction, batch)
            if fit and not self._together(fit):
                self._one_by_one(fit)
            self._database.growth.changes += len(batch)
        except InDoubt as doubt:
            log.warning("the database went away in the middle of a commit: %s", doubt)
            self._in_doubt, batch = batch, []
        except Exception as error:  # noqa: BLE001 - the only writer must outlive anything
            self._undo()
            self._database.notice(error)
            # those waited for the same lock or disk; nobody waits for it twice
            batch += self._take()
            for ticket in batch:
                ticket.error = Unavailable(str(error))
        return settled + batch

    def _clear_doubt(self) -> list[Ticket]:
        """Ask how the commit in doubt ended, and return its tickets."""
        if not self._in_doubt:
            return []
        if not self._pen.was_kept():
            for ticket in self._in_doubt:
                ticket.error = ticket.error or Unavailable("the database went away")
        settled, self._in_doubt = self._in_doubt, []
        return settled

    def _together(self, batch: list[Ticket]) -> bool:
        """Write the whole batch in one go; False (and nothing kept) when one of it will not fit."""
        groups: dict[Write, list[tuple[Any, ...]]] = {}
        for ticket in batch:
            for write, row in ticket.change:
                groups.setdefault(write, []).append(row)
        pen = self._pen
        misfits: tuple[type[Exception], ...] = (Fenced, pen.repeats, *pen.misfits)
        try:
            if not pen.begin(sorted(groups.items(), key=_order)):
                raise Fenced
            self._run_works(batch)
        except misfits:
            pen.rollback()
            return False
        pen.commit()
        self.commits += 1
        return True

    def _run_works(self, batch: Sequence[Ticket]) -> None:
        for ticket in batch:
            if ticket.work is not None:
                ticket.result = ticket.work(self._pen.execute)

    def _one_by_one(self, batch: list[Ticket]) -> None:
        """Write each change under its own savepoint, so that one misfit stops only itself."""
        pen = self._pen
        pen.begin()
        for ticket in batch:
            try:
                with pen.attempt():
                    groups = ((write, [row]) for write, row in ticket.change)
                    if not pen.put(sorted(groups, key=_order)):
                        raise Fenced
                    self._run_works([ticket])
            except pen.repeats as error:
                ticket.error = Repeated(str(error))
            except Fenced as error:
                ticket.error = error
            except pen.misfits as error:
                ticket.error = Unfit(f"{type(error).__name__}: {error}")
        pen.commit()
        self.commits += 1

    def _undo(self) -> None:
        with suppress(self._pen.errors):
            self._pen.rollback()


def _order(group: Group) -> int:
    return group[0].order

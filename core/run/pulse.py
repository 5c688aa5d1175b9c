"""Tell open pages that a run moved. Costs nothing while nobody looks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nexus.core.store.statements import RECORD
from nexus.core.store.ticket import Ticket


class Pulse:
    """Counts the journal rows of the runs that somebody looks at."""

    def __init__(self, length: Callable[[int], int]) -> None:
        """`length` tells how many rows a run's journal has."""
        self._length = length
        self._changed = threading.Condition()
        self._seen: dict[int, int] = {}
        self._watchers: dict[int, int] = {}
        self.stopping = False

    def touch(self, batch: list[Ticket]) -> None:
        """Note which watched runs a commit moved; called by the committer."""
        if not self._watchers:
            return
        with self._changed:
            for ticket in batch:
                for write, row in ticket.change:
                    if write is RECORD and row[0] in self._watchers:
                        self._seen[row[0]] = row[1] + 1
            self._changed.notify_all()

    def poke(self, run_id: int) -> None:
        """Note that a run changed outside its own journal writes."""
        with self._changed:
            if run_id in self._watchers:
                self._seen[run_id] = self._seen.get(run_id, 0) + 1
            self._changed.notify_all()

    def wait(self, run_id: int, seen: int, timeout: float) -> int:
        """Block until the run moved on from `seen`, or `timeout` seconds; return where it is.

        What moved between two waits is not missed: the journal is asked once it is watched.
        """
        with self._watching(run_id):
            now = self._length(run_id)
            with self._changed:
                self._seen[run_id] = max(now, self._seen.get(run_id, 0))
                self._changed.wait_for(lambda: self.stopping or self._seen[run_id] != seen, timeout)
                return self._seen[run_id]

    @contextmanager
    def _watching(self, run_id: int) -> Iterator[None]:
        with self._changed:
            self._watchers[run_id] = self._watchers.get(run_id, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._watchers[run_id] -= 1
                if not self._watchers[run_id]:
                    del self._watchers[run_id]
                    self._seen.pop(run_id, None)

    def stop(self) -> None:
        """Let every waiter go."""
        with self._changed:
            self.stopping = True
            self._changed.notify_all()

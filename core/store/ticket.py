"""A change on its way into the database, and what may become of it."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Executable

from nexus.core.store.statements import Write

Change = list[tuple[Write, tuple[Any, ...]]]
Execute = Callable[[Executable], list[tuple[Any, ...]]]
Work = Callable[[Execute], Any]


class Fenced(Exception):  # noqa: N818 - it is a fact, not a mistake
    """Somebody else holds this run now: what we wanted to write was dropped."""


class Repeated(Exception):  # noqa: N818 - it is a fact, not a mistake
    """A row with this key is there already."""


class Unavailable(Exception):  # noqa: N818 - it is a fact, not a mistake
    """The database could not take the change (disk full, locked, closed); nothing was kept."""


class Unfit(Exception):  # noqa: N818 - it is a fact, not a mistake
    """The database can never hold this change; nothing of it was kept."""


class Telling(Exception):  # noqa: N818 - it is a fact, not a mistake
    """It was handed over as it came and there is a secret in it: nothing of it was kept."""


class Ticket:
    """A change on its way. `wait` blocks a thread; `then` is called on the engine's loop.

    `texts` are those of data that is taken as it came, one after another; None when all of the
    change was cleaned before.
    """

    __slots__ = ("_done", "change", "error", "result", "texts", "then", "work")

    def __init__(
        self,
        change: Change,
        then: Callable[["Ticket"], None] | None,
        work: Work | None = None,
        texts: bytes | None = None,
    ) -> None:
        self.change = change
        self.work = work
        self.texts = texts
        self.then = then
        self.error: Exception | None = None
        self.result: Any = None
        self._done = threading.Lock()
        self._done.acquire()

    def wait(self, patience: float = -1) -> Any:
        """Block until the change is durable, or `patience` seconds; raise what stopped it."""
        if not self._done.acquire(timeout=patience):
            raise Unavailable("the database went away; it may have been kept")
        if self.error is not None:
            raise self.error
        return self.result

    def finish(self) -> None:
        """Let the waiting thread go on."""
        self._done.release()


def tell(batch: list[Ticket]) -> None:
    """Hand a commit's news to the loop: one call for the whole batch."""
    for ticket in batch:
        assert ticket.then is not None
        ticket.then(ticket)

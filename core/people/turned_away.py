"""Who was not let in: rows of the audit log, and so few that a flood cannot fill it."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from nexus.core.clock import SECOND, Clock
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed, deed
from nexus.core.model.problem import Problem, Refused
from nexus.core.store import sessions
from nexus.core.store.database import Database

SPAN = 600 * SECOND
MOST = 30  # rows in a span
MOST_ALIKE = 5  # of them: by the same way, from the same place
MORE = "many"
STATUSES = (401, 403, 410, 429)  # other refusals are about what was written, not about who


class TurnedAway:
    """Writes refusals down; what goes beyond the bounds is counted, and told in one row."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0
        self._seen: Counter[tuple[str, str]] = Counter()
        self._left_out = 0

    @contextmanager
    def noting(self, how: str, ip: str, who: Actor | None = None) -> Iterator[None]:
        """Write down that somebody was not let in, when this is what comes of it."""
        try:
            yield
        except Refused as refused:
            if refused.status in STATUSES:
                self.note(how, ip, who)
            raise

    def note(self, how: str, ip: str, who: Actor | None = None) -> None:
        """Write down that somebody was not let in; `who`, when that is known."""
        now = self._clock.now()
        if who is not None:
            return self._write(deed(who, now, "session.refuse", how, how=how))
        return self._write(_by_somebody(now, how, ip, how))

    def refuse(self, actor: Actor, about: str, problem: Problem) -> NoReturn:
        """Refuse what goes beyond the actor's rights over people, and write down who asked.

        Raises:
            Refused: Always.
        """
        done = deed(actor, self._clock.now(), "person.refuse", about, why=problem.title)
        self._write(done)
        raise Refused(problem)

    def _write(self, done: Deed) -> None:
        """Write a refusal down, or count it when enough were written lately."""
        self.tick(done.at)
        alike = (done.object, done.ip)
        with self._lock:
            if self._seen.total() >= MOST or self._seen[alike] >= MOST_ALIKE:
                self._left_out += 1
                return
            self._seen[alike] += 1
        sessions.note(self._database, done)

    def tick(self, now: int) -> None:
        """Begin a new span when the last one is over, and tell what it left out."""
        with self._lock:
            if now < self._until:
                return
            count, self._left_out = self._left_out, 0
            self._seen.clear()
            self._until = now + SPAN
        if count:
            how = f"{count} more times within {SPAN // SECOND // 60} minutes"
            sessions.note(self._database, _by_somebody(now, MORE, "", how))


def _by_somebody(now: int, which: str, ip: str, how: str) -> Deed:
    return Deed(
        at=now,
        actor="",
        via="page",
        action="session.refuse",
        object=f"session:{which}",
        ip=ip,
        meta={"by": "", "how": how},
    )

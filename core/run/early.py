"""Keep events that came before anybody listened for thirty days, and then no more."""

from nexus.core.clock import SECOND
from nexus.core.model import ids
from nexus.core.store.committer import Committer
from nexus.core.store.listeners import prune_early

KEEP = 30 * 86_400 * SECOND
HOUR = 3_600 * SECOND
SOON = 60 * SECOND


class Early:
    """Forgets a minute after the start and then once an hour; the engine asks it at every tick."""

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._next = 0

    def tick(self, now: int) -> None:
        """Forget what came too long ago."""
        self._next = min(self._next or now + SOON, now + HOUR)
        if now >= self._next:
            self._next = now + HOUR
            self._committer.call(prune_early(ids.floor_of(now - KEEP)))

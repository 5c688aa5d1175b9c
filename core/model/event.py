"""Events carry CloudEvents 1.0 attributes; `data` is plain JSON."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from nexus.core.clock import rfc3339
from nexus.core.model import ids


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened, as it was accepted. `time` and `received` are microseconds UTC.

    `hops` counts the runs that it came through: 0 for what comes from outside.
    """

    id: int
    source: str
    type: str
    subject: str
    time: int
    received: int
    data: Any
    dedupe: str | None = None
    hops: int = 0

    def as_context(self) -> dict[str, Any]:
        """Return what expressions see as `event`."""
        return {
            "id": ids.write("evt", self.id),
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": rfc3339(self.time),
            "data": self.data,
        }


CALLED = "core.flow.called"  # a run starts another and waits for it
STARTED = "core.flow.started"  # a run starts another and goes on
ENDED = "core.run.ended"  # what was called or started is over
FAILED = "core.run.failed"
LONGEST_KEY = 200


def topic(type_: str, key: str) -> bytes:
    """Return what listeners are found by: an event's type and key, in 16 bytes."""
    return blake2b(f"{type_}\0{key[:LONGEST_KEY]}".encode(), digest_size=16).digest()

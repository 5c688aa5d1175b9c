"""Events carry CloudEvents 1.0 attributes; `data` is plain JSON."""

from dataclasses import dataclass
from typing import Any

from nexus.core.clock import rfc3339
from nexus.core.model import ids


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened, as it was accepted. `time` and `received` are microseconds UTC."""

    id: int
    source: str
    type: str
    subject: str
    time: int
    received: int
    data: Any
    dedupe: str | None = None

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

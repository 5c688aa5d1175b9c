"""The one clock. Times are integer microseconds since 1970 in UTC; nothing else reads the time."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

SECOND = 1_000_000


class Clock(Protocol):
    """What tells the time. Tests pass one that they can move."""

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        return time.time_ns() // 1000


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: int = 1_790_000_000 * SECOND) -> None:
        self._now = now

    def now(self) -> int:
        """Return the time that was last set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the time forward (or back) by `seconds`."""
        self._now += int(seconds * SECOND)


def moment(micros: int) -> datetime:
    """Turn microseconds into an aware UTC datetime."""
    return datetime.fromtimestamp(micros / SECOND, UTC)


def rfc3339(micros: int) -> str:
    """Write microseconds as an RFC 3339 text in UTC, to the millisecond."""
    return f"{_second(micros // SECOND)}.{micros // 1000 % 1000:03d}Z"


@lru_cache(maxsize=64)  # busy moments ask for the same second again and again
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]

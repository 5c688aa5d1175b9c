"""Read a moment that a flow computed: RFC 3339 text, a date, or seconds since 1970."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from nexus.core.clock import SECOND

LATEST = 253_402_300_799  # the last second of the year 9999


def read_moment(value: Any, zone: str) -> int:
    """Return microseconds UTC; a time without an offset is meant in `zone`.

    Raises:
        ValueError: It is not a moment; the text says what was expected.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value <= LATEST:
            raise ValueError(f"{value!r} seconds since 1970 is no moment before the year 10000.")
        return int(value * SECOND)
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(
            f"{value!r} is not a moment. Write it as 2026-11-22T14:00:00Z or 2026-11-22."
        ) from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=ZoneInfo(zone))
    return int(when.timestamp() * SECOND)

"""Durations and moments: `90s`, `15m` and `72h` elapse; `3d` and `2w` are days on a calendar."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from nexus.core.clock import SECOND, moment

EXPECTED = "a duration such as 90s, 15m, 72h, 3d, 2w or 1h30m"
EXPECTED_MOMENT = "a moment such as 2026-03-01T09:00:00Z, or seconds since 1970"
MAX_DAYS = 3660
MAX_SECONDS = MAX_DAYS * 86_400
PART = re.compile(r"([0-9]{1,9})(w|d|h|m|s)")
ORDER = "wdhms"
SECONDS = {"h": 3600, "m": 60, "s": 1}
DAYS = {"w": 7, "d": 1}
STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?\Z",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Duration:
    """Calendar days first, then seconds that elapse."""

    days: int = 0
    seconds: int = 0

    def elapsed(self) -> int:
        """Return microseconds, taking every day as 24 hours."""
        return (self.days * 86_400 + self.seconds) * SECOND


def parse_duration(text: str) -> Duration:
    """Read a duration; units stand from large to small, each at most once.

    Raises:
        ValueError: When the text is not a duration, or is longer than ten years.
    """
    parts = PART.findall(text)
    units = "".join(unit for _, unit in parts)
    if not parts or "".join(n + unit for n, unit in parts) != text or not _in_order(units):
        raise ValueError(f"`{text[:40]}` is not {EXPECTED}")
    days = sum(int(n) * DAYS[unit] for n, unit in parts if unit in DAYS)
    seconds = sum(int(n) * SECONDS[unit] for n, unit in parts if unit in SECONDS)
    if days > MAX_DAYS or seconds > MAX_SECONDS:
        raise ValueError(f"`{text[:40]}` is longer than ten years")
    return Duration(days=days, seconds=seconds)


def parse_span(text: str) -> Duration:
    """Read a duration that is longer than nothing.

    Raises:
        ValueError: When the text is not a duration, or is no time at all.
    """
    duration = parse_duration(text)
    if duration == Duration():
        raise ValueError(f"`{text[:40]}` is no time at all")
    return duration


def _in_order(units: str) -> bool:
    places = [ORDER.index(unit) for unit in units]
    return all(before < after for before, after in pairwise(places))


def after(start: int, text: str, zone: str = "UTC") -> int:
    """Return the moment (microseconds UTC) that lies a duration after `start`.

    Days keep the clock on the wall of `zone`: three days after 09:00 is 09:00. A time that the
    clocks skip is moved on by what they skip; of a time that comes twice, the first is taken.

    Raises:
        ValueError: When the text is not a duration.
    """
    duration = parse_duration(text)
    begun = shift_days(start, duration.days, zone) if duration.days else start
    return begun + duration.seconds * SECOND


def shift_days(start: int, days: int, zone: str) -> int:
    """Return the moment so many calendar days later, at the same time on the wall of `zone`."""
    seconds, micros = divmod(start, SECOND)
    local = moment(seconds * SECOND).astimezone(ZoneInfo(zone))
    shifted = (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone))
    return int(shifted.timestamp()) * SECOND + micros


def read_moment(value: Any, zone: str = "UTC") -> int:
    """Read a moment (RFC 3339 text, a date, or seconds since 1970) as microseconds UTC.

    A text without an offset is a time in `zone`; a date alone is its midnight there.

    Raises:
        ValueError: When the value is no such moment.
    """
    if type(value) is int or type(value) is float:
        if not 0 <= value < 253_402_300_800:
            raise ValueError(f"{value} is not {EXPECTED_MOMENT}")
        return round(value * SECOND)
    if type(value) is not str or not STAMP.match(value):
        raise ValueError(f"`{str(value)[:40]}` is not {EXPECTED_MOMENT}")
    try:
        read = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", value.upper()))
        aware = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))
        return (aware.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
            microseconds=1
        )
    except (ValueError, OverflowError):
        raise ValueError(f"`{value[:40]}` is not {EXPECTED_MOMENT}") from None

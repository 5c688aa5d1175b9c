"""Business days: Monday to Friday without holidays, counted on the calendar of a zone."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nexus.core.clock import SECOND, moment
from nexus.core.flow.duration import MAX_DAYS, shift_days

EXPECTED_DAYS = "a whole number of business days from 1 to 2600"
EXPECTED_ZONE = "a time zone such as Africa/Lagos"
MOST = 2600
FRIDAY = 4


def read_zone(name: Any) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: There is no such zone.
    """
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError, TypeError):
        raise ValueError(f"`{str(name)[:40]}` is not {EXPECTED_ZONE}") from None
    return str(name)


def read_count(value: Any) -> int:
    """Return a number of business days.

    Raises:
        ValueError: It is no whole number, or not between 1 and 2600.
    """
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(f"`{text[:40]}` is not {EXPECTED_DAYS}")
    if not 1 <= int(text) <= MOST:
        raise ValueError(f"`{text[:40]}` is not {EXPECTED_DAYS}")
    return int(text)


def read_holidays(value: Any) -> frozenset[date]:
    """Return days off, written like 2026-12-25.

    Raises:
        ValueError: It is no list of dates.
    """
    if value is None:
        return frozenset()
    if not isinstance(value, list):
        raise ValueError("the holidays are not a list of dates such as 2026-12-25")
    return frozenset(_read_day(one) for one in value)


def _read_day(value: Any) -> date:
    try:
        if isinstance(value, str) and len(value) == len("2026-12-25"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"`{str(value)[:40]}` is not a date such as 2026-12-25")


def business_after(start: int, count: int, zone: str, holidays: Collection[date] = ()) -> int:
    """Return the moment (microseconds UTC) that lies so many business days after `start`.

    The clock on the wall of `zone` stays: two business days after Friday 16:00 is Tuesday 16:00.
    From a day off, the first business day that follows is the first to count.

    Raises:
        ValueError: There are not so many business days within ten years.
    """
    first = moment(start // SECOND * SECOND).astimezone(ZoneInfo(zone)).date()
    shift, left = 0, count
    while left:
        shift += 1
        if shift > MAX_DAYS:
            raise ValueError(f"there are no {count} business days within ten years")
        day = first + timedelta(days=shift)
        left -= day.weekday() <= FRIDAY and day not in holidays
    return shift_days(start, shift, zone)

"""From the clock on the wall to instants: what a day's matching times are in one time zone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def by_clock(
    day: date, hours: Sequence[int], minutes: Sequence[int], place: ZoneInfo
) -> Iterator[datetime]:
    """Yield a day's instants at fixed wall times.

    A skipped time becomes the first valid instant after it; a repeated one is its first.
    """
    for hour in hours:
        for minute in minutes:
            wall = datetime.combine(day, time(hour, minute), place)
            yield _valid(wall).astimezone(UTC)


def by_elapsed(
    day: date, hours: Sequence[int], minutes: Sequence[int], place: ZoneInfo
) -> Iterator[datetime]:
    """Yield every instant of a day at which the wall shows a matching time.

    A repeated hour is there twice, a skipped one not at all.
    """
    start = _valid(datetime.combine(day, time(), place)).astimezone(UTC)
    end = _valid(datetime.combine(day + DAY, time(), place)).astimezone(UTC)
    if end - start == DAY and _same_offset(start, end - MINUTE, place):
        return by_clock(day, hours, minutes, place)
    return (
        instant
        for instant in _each_minute(start, end)
        if (wall := instant.astimezone(place)).hour in hours and wall.minute in minutes
    )


def _each_minute(instant: datetime, end: datetime) -> Iterator[datetime]:
    while instant < end:
        yield instant
        instant += MINUTE


def _valid(wall: datetime) -> datetime:
    """Return the wall time, or the first valid instant after the gap that swallowed it."""
    early, late = wall.replace(fold=1).astimezone(UTC), wall.astimezone(UTC)
    place = wall.tzinfo
    if late <= early or not isinstance(place, ZoneInfo):
        return wall
    while late - early > timedelta(seconds=1):  # the clocks change between the two
        middle = early + (late - early) // 2
        if _same_offset(middle, late, place):
            late = middle
        else:
            early = middle
    return late.replace(microsecond=0).astimezone(place)


def _same_offset(one: datetime, other: datetime, place: ZoneInfo) -> bool:
    return one.astimezone(place).utcoffset() == other.astimezone(place).utcoffset()

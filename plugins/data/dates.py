"""Work on dates and times: read, write, add, count between."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from nexus import Context, action
from nexus.plugins.data.bounds import Short, bad

Count = Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]
SAMPLE = {
    "time": "2026-11-30T08:00:00Z",
    "date": "2026-11-30",
    "clock": "09:00",
    "weekday": "monday",
}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Moment(msgspec.Struct):
    """A moment.

    Attributes:
        time: The moment in UTC, RFC 3339.
        date: The date in the zone.
        clock: The time of day in the zone.
        weekday: The day in the zone, like monday.
    """

    time: str
    date: str
    clock: str
    weekday: str


class Written(msgspec.Struct):
    """A moment as text.

    Attributes:
        text: The text.
    """

    text: str


class Between(msgspec.Struct):
    """How much lies between two moments.

    Attributes:
        count: How many whole units; negative when the end comes first.
        exact: The same with fractions (whole for months and years).
        later: Whether the end comes after the start.
    """

    count: int
    exact: float
    later: bool


@action(effect="pure", icon="calendar", sample=SAMPLE)
def parse_date(context: Context, text: Short, format_: Short = "", zone: Short = "UTC") -> Moment:
    """Read a date or a time that somebody wrote.

    Args:
        text: Like 2026-11-30, 2026-11-30T09:00:00+01:00, or as `format` says.
        format_: How it is written, like %d.%m.%Y %H:%M; ISO 8601 if left out.
        zone: The time zone that it is in when it does not say, like Europe/Vienna.
    """
    return _moment(read(text, zone, format_), zone)


@action(effect="pure", icon="calendar-days", sample={"text": "30 Nov 2026"})
def format_date(
    context: Context, time: Short, format_: Short = "%Y-%m-%d", zone: Short = "UTC"
) -> Written:
    """Write a moment the way people read it.

    Args:
        time: The moment, like 2026-11-30T08:00:00Z.
        format_: How to write it, like %d %b %Y or %H:%M.
        zone: The time zone to write it in.
    """
    return Written(text=read(time, zone).astimezone(zone_of(zone)).strftime(format_))


@action(effect="pure", icon="calendar-plus", sample=SAMPLE)
def add_time(  # noqa: PLR0913 - one for each unit
    context: Context,
    time: Short,
    *,
    years: Count = 0,
    months: Count = 0,
    weeks: Count = 0,
    days: Count = 0,
    hours: Count = 0,
    minutes: Count = 0,
    zone: Short = "UTC",
) -> Moment:
    """Go forward or back in time.

    Days, months and years are those of the calendar: a day after 09:00 is 09:00, and a month after
    the 31st is the last day of the month.

    Args:
        time: The moment, like 2026-11-30T08:00:00Z.
        years: How many years; negative goes back.
        months: How many months.
        weeks: How many weeks.
        days: How many days.
        hours: How many hours.
        minutes: How many minutes.
        zone: The time zone whose calendar is meant.
    """
    local = read(time, zone).astimezone(zone_of(zone)).replace(tzinfo=None)
    try:
        shifted = _shift(local, years * 12 + months) + timedelta(weeks=weeks, days=days)
        later = shifted.replace(tzinfo=zone_of(zone)).astimezone(UTC)
        return _moment(later + timedelta(hours=hours, minutes=minutes), zone)
    except (OverflowError, ValueError):
        raise bad("bad_time", "That is beyond the calendar: years go from 1 to 9999.") from None


def _shift(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))


SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "weeks": 7 * 86400, "days": 86400}


@action(effect="pure", icon="calendar-range", sample={"count": 3, "exact": 3.5, "later": True})
def between(
    context: Context,
    start: Short,
    end: Short,
    unit: Literal["seconds", "minutes", "hours", "days", "weeks", "months", "years"] = "days",
    zone: Short = "UTC",
) -> Between:
    """Count what lies between two moments.

    Args:
        start: The first moment.
        end: The second moment.
        unit: What is counted. Days and longer are those of the calendar in the zone.
        zone: The time zone whose calendar is meant.
    """
    first, second = read(start, zone), read(end, zone)
    later = second > first
    if unit in ("months", "years"):
        count = _months(*(one.astimezone(zone_of(zone)) for one in (first, second)))
        count = int(count / 12) if unit == "years" else count
        return Between(count=count, exact=float(count), later=later)
    gap = second - first
    if unit in ("days", "weeks"):
        here = [one.astimezone(zone_of(zone)).replace(tzinfo=None) for one in (first, second)]
        gap = here[1] - here[0]
    exact = gap.total_seconds() / SECONDS[unit]
    return Between(count=int(exact), exact=exact, later=later)


def _months(first: datetime, second: datetime) -> int:
    if second < first:
        return -_months(second, first)
    months = (second.year - first.year) * 12 + second.month - first.month
    plain = first.replace(tzinfo=None)
    return months - (_shift(plain, months) > second.replace(tzinfo=None))


def read(text: str, zone: str, format_: str = "") -> datetime:
    """Read a moment.

    Raises:
        Refuse: It is none.
    """
    where = zone_of(zone)
    try:
        at = datetime.strptime(text, format_) if format_ else datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=where)).astimezone(UTC)
    except (ValueError, OverflowError):
        hint = (
            f"It should look like {format_}." if format_ else "Write it like 2026-11-30T09:00:00Z."
        )
        raise bad("bad_time", f"{text!r} is no date and no time.", hint) from None


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        Refuse: There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        hint = "Write it like Europe/Vienna."
        raise bad("unknown_zone", f"There is no time zone {name!r}.", hint) from None


def _moment(at: datetime, zone: str) -> Moment:
    there = at.astimezone(zone_of(zone))
    return Moment(
        time=at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        date=there.date().isoformat(),
        clock=there.strftime("%H:%M"),
        weekday=DAYS[there.weekday()],
    )

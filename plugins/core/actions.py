"""Actions that need no other service."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from nexus import Context, Refuse, action

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Note(msgspec.Struct):
    """What was noted.

    Attributes:
        text: The note.
    """

    text: str


class Now(msgspec.Struct):
    """A moment, as people in the zone see it.

    Attributes:
        time: The moment in UTC, RFC 3339.
        date: The date there, like 2026-11-30.
        clock: The time of day there, like 09:05.
        weekday: The day there in lower case, like monday.
        hour: The hour there, 0 to 23.
    """

    time: str
    date: str
    clock: str
    weekday: str
    hour: int


@action(effect="pure", icon="sticky-note", sample={"text": "Checked by the finance team"})
def note(context: Context, text: str) -> Note:
    """Keep a note on the run, for whoever reads it later.

    Args:
        text: What to note.
    """
    return Note(text=text)


@action(
    effect="read",
    icon="clock",
    sample={
        "time": "2026-11-30T08:05:00.000Z",
        "date": "2026-11-30",
        "clock": "09:05",
        "weekday": "monday",
        "hour": 9,
    },
)
def now(context: Context, zone: str = "UTC") -> Now:
    """Look at the clock.

    The run keeps what it saw, so that a later look at the run tells the same.

    Args:
        zone: A time zone, like Europe/Vienna.
    """
    moment = datetime.fromtimestamp(context.now() / 1_000_000, UTC)
    there = moment.astimezone(_zone(zone))
    return Now(
        time=moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        date=there.date().isoformat(),
        clock=there.strftime("%H:%M"),
        weekday=DAYS[there.weekday()],
        hour=there.hour,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise Refuse(
            f"There is no time zone {name!r}.",
            code="unknown_zone",
            hint="Write it like Europe/Vienna.",
            sent=False,
        ) from None

"""When a schedule fires: five-field cron in a time zone, as instants that strictly grow.

A schedule at fixed times (`30 2 * * *`) fires once per wall-clock time: a time that the clocks
skip fires at the first valid instant after it, one that they repeat fires the first time. A
schedule with a star in its minute or hour (`*/30 * * * *`) fires by elapsed time: twice in a
repeated hour, not at all in a skipped one.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from nexus.core.clock import SECOND
from nexus.core.model.problem import Problem, Refused
from nexus.core.trigger.wall import by_clock, by_elapsed

Policy = Literal["skip", "once", "all"]

DAY = timedelta(days=1)
HORIZON = timedelta(days=366 * 50)
GRACE = 60 * SECOND
HOUR = 3600 * SECOND
LONGEST = 200
LONGEST_REPEAT = 3  # hours; no zone has set its clocks back further within a day
FIELDS = ("minute (0-59)", "hour (0-23)", "day of month (1-31)", "month (1-12)", "weekday (0-7)")
SIZES = (60, 24, 31, 12, 7)  # how many values each field has
WORDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def check_cron(cron: str, zone: str) -> list[Problem]:
    """Return what is wrong with a schedule; empty when it will fire."""
    found = _zone_problems(zone)
    parts = cron.split()
    if len(parts) != 5 or len(cron) > LONGEST:
        return [*found, _fields_problem(cron, len(parts))]
    wrong = [_field_problem(parts, place) for place in range(5)]
    problems = [problem for problem in wrong if problem]
    if not problems and not _ever_fires(cron):
        problems = [_never(cron)]
    return found + problems


def explain(cron: str) -> str:
    """Return the schedule in English: `At 09:00 on Monday`."""
    return str(_rule(cron).explain())


def slots(cron: str, zone: str, after: int, until: int, limit: int) -> list[int]:
    """Return the slots later than `after`, up to and with `until`, at most `limit` of them.

    Times are microseconds UTC.
    """
    found = islice(_walk(cron, zone, after), limit)
    return list(_until(found, until))


def next_slot(cron: str, zone: str, after: int) -> int:
    """Return the first slot later than `after`, in microseconds UTC.

    Raises:
        Refused: the schedule is not one, or does not fire within 50 years.
    """
    slot = next(_walk(cron, zone, after), None)
    if slot is None:
        raise Refused(_never(cron))
    return slot


def missed(
    policy: Policy, cron: str, zone: str, last: int, now: int, limit: int = 100
) -> list[int]:
    """Return the slots to fire now, oldest first, when `last` was the last slot looked at.

    A slot less than a minute old is due, not missed, and fires under every policy. Of older ones
    `skip` fires none, `once` the newest and `all` the newest `limit`.
    """
    newest = _newest(cron, zone, last, now, limit if policy == "all" else 1)
    if policy == "skip":
        return [slot for slot in newest if now - slot < GRACE]
    return newest


def _newest(cron: str, zone: str, last: int, now: int, count: int) -> list[int]:
    """Look back through windows that double, so that a long stop costs no long walk."""
    window = HOUR
    while True:
        after = max(last, now - window)
        found = list(_until(_walk(cron, zone, after), now))
        if len(found) >= count or after == last:
            return found[-count:]
        window *= 2


def _until(found: Iterator[int], until: int) -> Iterator[int]:
    for slot in found:
        if slot > until:
            return
        yield slot


def _walk(cron: str, zone: str, after: int) -> Iterator[int]:
    """Yield every slot later than `after`, each later than the one before."""
    rule, place = _rule(cron), _zone(zone)
    of_day = by_elapsed if _is_elapsed(cron) else by_clock
    hours, minutes = sorted(rule.hours), sorted(rule.minutes)
    begin = datetime.fromtimestamp(after // SECOND, place)
    ahead = [hour for hour in hours if hour >= begin.hour - LONGEST_REPEAT]
    for day in _days(rule, begin.date()):
        for instant in of_day(day, ahead if day == begin.date() else hours, minutes, place):
            slot = int(instant.timestamp()) * SECOND
            if slot > after:
                yield slot
                after = slot


def _days(rule: CronSim, day: date) -> Iterator[date]:
    end = min(day + HORIZON, date(9999, 12, 1))
    while day < end:
        if day.month not in rule.months:
            day = (day.replace(day=1) + 32 * DAY).replace(day=1)
            continue
        if rule.match_day(day):
            yield day
        day += DAY


def _is_elapsed(cron: str) -> bool:
    minute, hour = cron.split()[:2]
    return minute.startswith("*") or hour.startswith("*")


@lru_cache(maxsize=1024)
def _rule(cron: str) -> CronSim:
    problems = check_cron(cron, "UTC")
    if problems:
        raise Refused(*problems)
    return CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC))


def _zone(zone: str) -> ZoneInfo:
    problems = _zone_problems(zone)
    if problems:
        raise Refused(*problems)
    return ZoneInfo(zone)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_problems(zone: str) -> list[Problem]:
    if zone in _zones():
        return []
    near = get_close_matches(zone[:LONGEST], _zones(), n=1)
    return [
        Problem(
            code="unknown_zone",
            title=f"There is no time zone {zone[:40]!r}.",
            expected="an IANA name such as Europe/Berlin",
            hint=f"Did you mean {near[0]}?" if near else "",
        )
    ]


def _fields_problem(cron: str, count: int) -> Problem:
    word = WORDS.get(cron.strip().lower())
    return Problem(
        code="cron_fields",
        title=f"The schedule {cron[:60]!r} has {count} field{'s' if count != 1 else ''}.",
        expected=f"five: {', '.join(FIELDS)}",
        hint=f"Write {word}." if word else "For example 0 9 * * MON-FRI: at 09:00 on weekdays.",
    )


def _field_problem(parts: list[str], place: int) -> Problem | None:
    """Try one field alone, so that the message names the one that is wrong."""
    alone = ["*"] * 5
    alone[place] = parts[place]
    if _is_readable(" ".join(alone)) and _longest_step(parts[place]) < SIZES[place]:
        return None
    return Problem(
        code="cron_field",
        title=f"The schedule's {FIELDS[place].partition(' (')[0]} cannot be {parts[place][:40]!r}.",
        expected=f"{FIELDS[place]}, as *, a number, 1-5, 1,3,5 or */15",
    )


def _longest_step(field: str) -> int:
    return max(int(part.partition("/")[2] or 0) for part in field.split(","))


def _is_readable(cron: str) -> bool:
    try:
        CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError:
        return False
    return True


def _ever_fires(cron: str) -> bool:
    if not _is_readable(cron):
        return False
    rule = CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC))
    return next(_days(rule, date(2000, 1, 1)), None) is not None


def _never(cron: str) -> Problem:
    return Problem(
        code="cron_never",
        title=f"The schedule {cron[:60]!r} never fires.",
        expected="a day that some year has",
        hint="Check the day of the month against the month: 30 2 asks for 30 February.",
    )

"""Schedules: slots strictly grow in every zone, across every change of the clocks."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.model.problem import Refused
from nexus.core.trigger.cron import check_cron, explain, missed, next_slot, slots

SECOND = 1_000_000
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Asuncion",
    "America/Santiago",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
]


def at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    wall = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(wall.timestamp()) * SECOND


def seen(micros: int, zone: str) -> str:
    return datetime.fromtimestamp(micros // SECOND, ZoneInfo(zone)).isoformat()


def test_the_next_slot_is_later_than_now_even_on_the_dot():
    assert next_slot("0 9 * * *", "UTC", at("2026-03-01 09:00")) == at("2026-03-02 09:00")
    assert next_slot("0 9 * * *", "UTC", at("2026-03-01 08:59")) == at("2026-03-01 09:00")
    assert next_slot("0 9 * * *", "UTC", at("2026-03-01 09:00") - 1) == at("2026-03-01 09:00")


def test_slots_are_those_after_one_moment_up_to_another():
    found = slots("*/15 * * * *", "UTC", at("2026-03-01 09:00"), at("2026-03-01 10:00"), 10)
    assert [seen(slot, "UTC")[11:16] for slot in found] == ["09:15", "09:30", "09:45", "10:00"]


def test_no_more_slots_come_than_asked_for():
    assert len(slots("* * * * *", "UTC", 0, at("2026-03-01 10:00"), 7)) == 7


def test_a_skipped_time_fires_at_the_first_valid_instant():
    slot = next_slot("30 2 * * *", "Europe/Berlin", at("2026-03-28 12:00"))
    assert seen(slot, "Europe/Berlin") == "2026-03-29T03:00:00+02:00"


def test_a_repeated_time_fires_once_when_it_is_fixed():
    zone = "Europe/Berlin"
    found = slots("30 2 * * *", zone, at("2026-10-24 12:00"), at("2026-10-26 12:00"), 10)
    assert [seen(slot, zone) for slot in found] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_a_repeated_time_is_not_fired_again_after_a_restart_within_the_second_pass():
    after = at("2026-10-25 02:15", "Europe/Berlin", fold=1)
    slot = next_slot("30 2 * * *", "Europe/Berlin", after)
    assert seen(slot, "Europe/Berlin") == "2026-10-26T02:30:00+01:00"


def test_every_half_hour_means_elapsed_time_in_a_repeated_hour():
    zone = "Europe/Berlin"
    after, until = at("2026-10-25 01:45", zone), at("2026-10-25 03:00", zone)
    gaps = slots("*/30 * * * *", zone, after, until, 10)
    assert [(b - a) // SECOND for a, b in pairwise(gaps)] == [1800] * 4


def test_a_change_of_half_an_hour_moves_by_half_an_hour():
    slot = next_slot("15 2 * * *", "Australia/Lord_Howe", at("2026-10-03 00:00"))
    assert seen(slot, "Australia/Lord_Howe") == "2026-10-04T02:30:00+11:00"


def test_a_day_that_a_zone_left_out_fires_on_the_next():
    zone = "Pacific/Apia"
    found = slots("0 9 * * *", zone, at("2011-12-29 00:00", zone), at("2012-01-01", zone), 9)
    assert [seen(slot, zone)[:16] for slot in found] == [
        "2011-12-29T09:00",
        "2011-12-31T00:00",
        "2011-12-31T09:00",
    ]


def test_the_29th_of_february_waits_for_its_year():
    slot = next_slot("0 0 29 2 *", "UTC", at("2026-01-01"))
    assert seen(slot, "UTC")[:10] == "2028-02-29"


@pytest.mark.parametrize(
    ("cron", "code", "says"),
    [
        ("* * * *", "cron_fields", "4 fields"),
        ("", "cron_fields", "0 fields"),
        ("0 0 0 * * *", "cron_fields", "6 fields"),
        ("61 * * * *", "cron_field", "minute cannot be '61'"),
        ("* 24 * * *", "cron_field", "hour cannot be '24'"),
        ("* * * * MOO", "cron_field", "weekday cannot be 'MOO'"),
        ("*/0 * * * *", "cron_field", "minute"),
        ("5-1 * * * *", "cron_field", "minute"),
        ("*/999 * * * *", "cron_field", "minute cannot be '*/999'"),
        ("0 */24 * * *", "cron_field", "hour"),
        ("0 0 1-9/31 * *", "cron_field", "day of month"),
        ("0 0 30 2 *", "cron_never", "never fires"),
        ("0 0 31 4,6,9,11 *", "cron_never", "never fires"),
        ("1" * 5000 + " * * * *", "cron_fields", "fields"),
    ],
)
def test_nonsense_is_refused_with_what_was_expected(cron, code, says):
    problem = check_cron(cron, "UTC")[0]
    assert problem.code == code
    assert says in problem.title
    assert problem.expected
    with pytest.raises(Refused):
        next_slot(cron, "UTC", 0)


def test_a_nickname_is_answered_with_its_five_fields():
    assert check_cron("@daily", "UTC")[0].hint == "Write 0 0 * * *."


@pytest.mark.parametrize("zone", ["Europe/Berlim", "../etc/passwd", "Europe", "", "CET\x00"])
def test_an_unknown_zone_is_refused(zone):
    problem = check_cron("0 9 * * *", zone)[0]
    assert problem.code == "unknown_zone"
    with pytest.raises(Refused):
        next_slot("0 9 * * *", zone, 0)


def test_a_mistyped_zone_is_answered_with_the_near_one():
    assert check_cron("0 9 * * *", "Europe/Berlim")[0].hint == "Did you mean Europe/Berlin?"


def test_every_problem_is_told_at_once():
    assert [problem.code for problem in check_cron("61 25 * * *", "Mars")] == [
        "unknown_zone",
        "cron_field",
        "cron_field",
    ]


def test_a_schedule_is_explained_in_english():
    assert explain("0 9 * * MON-FRI") == "At 09:00 on Monday through Friday"


class TestMissed:
    """The server slept from `last` to `now`."""

    last, now = at("2026-03-01 12:00"), at("2026-03-04 12:00") + 5 * SECOND

    def test_a_slot_that_is_just_due_fires_under_every_policy(self):
        for policy in ("skip", "once", "all"):
            assert missed(policy, "0 12 * * *", "UTC", self.now - 60 * SECOND, self.now) == [
                at("2026-03-04 12:00")
            ]

    def test_skip_fires_nothing_that_is_older_than_a_minute(self):
        assert missed("skip", "0 11 * * *", "UTC", self.last, self.now) == []

    def test_once_fires_the_newest(self):
        assert missed("once", "0 11 * * *", "UTC", self.last, self.now) == [at("2026-03-04 11:00")]

    def test_all_fires_each(self):
        assert missed("all", "0 11 * * *", "UTC", self.last, self.now) == [
            at("2026-03-02 11:00"),
            at("2026-03-03 11:00"),
            at("2026-03-04 11:00"),
        ]

    def test_all_is_bounded_and_keeps_the_newest(self):
        found = missed("all", "* * * * *", "UTC", self.last, self.now)
        assert len(found) == 100
        assert found[-1] == at("2026-03-04 12:00")
        assert found == sorted(found)

    def test_nothing_is_missed_when_no_time_has_passed_or_the_clock_went_back(self):
        assert missed("all", "* * * * *", "UTC", self.now, self.now) == []
        assert missed("all", "* * * * *", "UTC", self.now, self.now - 3600 * SECOND) == []

    def test_years_of_sleep_are_looked_through_quickly(self):
        started = time.perf_counter()
        missed("all", "* * * * *", "Europe/Berlin", 0, self.now)
        missed("once", "0 0 29 2 *", "Europe/Berlin", 0, self.now)
        assert time.perf_counter() - started < 1


minutes = st.sampled_from(["0", "30", "*/30", "15,45", "*", "7"])
hours = st.sampled_from(["*", "2", "0", "1-3", "*/6", "23", "0,3"])
days = st.sampled_from(["* * *", "1 * *", "* * MON", "L * *", "29 2 *", "* * SUN#1", "* 3,10 *"])
crons = st.builds("{} {} {}".format, minutes, hours, days)
moments = st.integers(at("2006-01-01") // SECOND, at("2036-01-01") // SECOND)


@settings(max_examples=150)
@given(crons, st.sampled_from(ZONES), moments)
def test_slots_strictly_grow_and_lie_after_the_start(cron, zone, start):
    after = start * SECOND
    found = slots(cron, zone, after, after + 10**18, 60)
    assert len(found) == 60 or cron.endswith("29 2 *")
    assert all(a < b for a, b in pairwise([after, *found]))


@settings(max_examples=100)
@given(crons, st.sampled_from(ZONES), moments)
def test_walking_slot_by_slot_finds_the_same_slots(cron, zone, start):
    after = start * SECOND
    together = slots(cron, zone, after, after + 10**18, 8)
    for slot in together:
        after = next_slot(cron, zone, after)
        assert after == slot


@settings(max_examples=60)
@given(
    st.sampled_from(["*/30 * * * *", "* 2 * * *", "15 * * * *", "*/7 0-3 * * *"]),
    st.sampled_from([zone for zone in ZONES if zone != "America/St_Johns"]),
    moments,
)
def test_elapsed_schedules_fire_whenever_the_wall_shows_a_matching_minute(cron, zone, start):
    first = datetime.fromtimestamp(start - start % 60, ZoneInfo(zone))
    begin, end = int(first.timestamp()), int(first.timestamp()) + 36 * 3600
    found = slots(cron, zone, begin * SECOND, end * SECOND, 10_000)
    minute, hour = cron.split()[:2]
    shown = [
        instant * SECOND
        for instant in range(begin + 60, end + 1, 60)
        if _shows(datetime.fromtimestamp(instant, ZoneInfo(zone)), minute, hour)
    ]
    assert found == shown


def _shows(wall: datetime, minute: str, hour: str) -> bool:
    wanted = {"*/30": {0, 30}, "*": set(range(60)), "15": {15}, "*/7": set(range(0, 60, 7))}
    hours = {"*": set(range(24)), "2": {2}, "0-3": {0, 1, 2, 3}}
    return wall.minute in wanted[minute] and wall.hour in hours[hour]


@pytest.mark.parametrize("zone", ZONES)
def test_a_daily_schedule_fires_every_day_of_ten_years_and_never_twice(zone):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    until = start + timedelta(days=3652)
    found = slots(
        "30 2 * * *", zone, int(start.timestamp() * 1e6), int(until.timestamp() * 1e6), 9999
    )
    dates = [seen(slot, zone)[:10] for slot in found]
    assert len(dates) == len(set(dates))
    assert len(dates) in (3651, 3652, 3653)


@given(st.text(max_size=30) | st.text("0123456789*/,-#LW MONxé", max_size=30), st.text(max_size=20))
def test_any_text_is_checked_and_never_crashes(cron, zone):
    for problem in check_cron(cron, zone):
        assert problem.title.endswith(".")
        assert problem.expected

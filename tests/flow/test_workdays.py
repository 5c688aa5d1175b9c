"""Business days, in every zone and through every change of the clocks."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.clock import SECOND
from nexus.core.flow.workdays import business_after, read_count, read_holidays, read_zone

ZONES = [
    "UTC", "Africa/Lagos", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata",
    "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Africa/Cairo",
    "America/Sao_Paulo", "Asia/Tehran",
]  # fmt: skip
START, END = 1_262_304_000, 1_893_456_000  # 2010 to 2030
moments = st.integers(START, END).map(lambda seconds: seconds * SECOND)
holidays = st.frozensets(st.dates(date(2010, 1, 1), date(2031, 1, 1)), max_size=30)


def micros(text, zone):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def there(moment, zone):
    return datetime.fromtimestamp(moment / SECOND, ZoneInfo(zone))


def is_business(day, off):
    return day.weekday() < 5 and day not in off


@pytest.mark.parametrize(
    ("start", "count", "off", "end"),
    [
        ("2026-11-20 16:00", 1, [], "2026-11-23 16:00"),
        ("2026-11-20 16:00", 2, [], "2026-11-24 16:00"),
        ("2026-11-21 10:00", 1, [], "2026-11-23 10:00"),
        ("2026-11-22 10:00", 1, [], "2026-11-23 10:00"),
        ("2026-12-24 09:00", 1, ["2026-12-25"], "2026-12-28 09:00"),
        ("2026-12-24 09:00", 2, ["2026-12-25", "2026-12-28"], "2026-12-30 09:00"),
        ("2026-11-23 09:00", 5, [], "2026-11-30 09:00"),
    ],
)
def test_weekends_and_holidays_do_not_count(start, count, off, end):
    found = business_after(micros(start, "Africa/Lagos"), count, "Africa/Lagos", read_holidays(off))
    assert found == micros(end, "Africa/Lagos")


def test_the_clock_on_the_wall_stays_when_the_clocks_change():
    start = micros("2026-03-27 09:00", "Europe/Berlin")  # a Friday; the clocks change on Sunday
    found = business_after(start, 1, "Europe/Berlin")
    assert found == micros("2026-03-30 09:00", "Europe/Berlin")
    assert found - start == (3 * 24 - 1) * 3600 * SECOND


@settings(max_examples=300, deadline=None)
@given(moments, st.integers(1, 60), st.sampled_from(ZONES), holidays)
def test_it_ends_on_the_nth_business_day_at_the_same_time_of_day(start, count, zone, off):
    begun, end = there(start, zone), there(business_after(start, count, zone, off), zone)
    days = [
        begun.date() + timedelta(days=n) for n in range(1, (end.date() - begun.date()).days + 2)
    ]
    passed = [day for day in days if day <= end.date() and is_business(day, off)]
    if end.replace(tzinfo=None).time() == begun.replace(tzinfo=None).time():
        assert len(passed) == count
        assert is_business(end.date(), off)
    else:  # the wall skipped this time: it was moved on, by a day at most (Apia once left one out)
        moved = end.replace(tzinfo=None) - begun.replace(tzinfo=None)
        assert moved.total_seconds() % 86_400 <= 3 * 3600
        assert end - begun > timedelta(0)


@settings(max_examples=200, deadline=None)
@given(moments, st.integers(1, 40), st.sampled_from(ZONES), holidays)
def test_more_days_never_end_sooner_and_more_holidays_never_help(start, count, zone, off):
    end = business_after(start, count, zone, off)
    assert start < end < business_after(start, count + 1, zone, off)
    assert business_after(start, count, zone) <= end


def test_a_calendar_of_nothing_but_holidays_is_an_error():
    off = {date(2026, 1, 1) + timedelta(days=n) for n in range(4000)}
    with pytest.raises(ValueError, match="within ten years"):
        business_after(micros("2026-01-01 09:00", "UTC"), 1, "UTC", off)


@pytest.mark.parametrize("value", [0, -1, 2601, 1.5, True, "", "x", "1e3", "\u0661", None, 10**30])
def test_what_is_no_number_of_business_days_is_refused(value):
    with pytest.raises(ValueError, match="business days"):
        read_count(value)


@pytest.mark.parametrize(
    "value", ["2026-12-25", [1], ["2026-02-30"], ["20261225"], ["tomorrow"], {}]
)
def test_what_is_no_list_of_dates_is_refused(value):
    with pytest.raises(ValueError, match="date"):
        read_holidays(value)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "Europe", 3, None])
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(ValueError, match="time zone"):
        read_zone(name)

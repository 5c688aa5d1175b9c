"""Durations: hours elapse, days keep the clock on the wall."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.clock import SECOND, moment
from nexus.core.flow.duration import Duration, after, parse_duration, read_moment

BERLIN = "Europe/Berlin"


def at(text, zone="UTC"):
    return read_moment(text, zone)


@pytest.mark.parametrize(
    ("text", "days", "seconds"),
    [
        ("90s", 0, 90),
        ("15m", 0, 900),
        ("72h", 0, 259_200),
        ("3d", 3, 0),
        ("2w", 14, 0),
        ("1h30m", 0, 5400),
        ("1w2d3h4m5s", 9, 11_045),
        ("0s", 0, 0),
    ],
)
def test_durations_that_are_read(text, days, seconds):
    assert parse_duration(text) == Duration(days=days, seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "3", "d", "3 d", "-3d", "1.5h", "30m1h", "1h1h", "3days", "99999d", "٣d", "1h "]
)
def test_durations_that_are_refused(text):
    with pytest.raises(ValueError, match=r"is not a duration|longer than ten years"):
        parse_duration(text)


def test_three_days_after_nine_is_nine_also_when_clocks_change():
    assert after(at("2026-03-27T09:00", BERLIN), "3d", BERLIN) == at("2026-03-30T09:00", BERLIN)
    assert after(at("2026-10-23T09:00", BERLIN), "3d", BERLIN) == at("2026-10-26T09:00", BERLIN)


def test_seventy_two_hours_elapse_whatever_the_clock_says():
    start = at("2026-03-27T09:00", BERLIN)
    assert after(start, "72h", BERLIN) - start == 72 * 3600 * SECOND


def test_a_time_that_the_clocks_skip_is_moved_on():
    assert after(at("2026-03-28T02:30", BERLIN), "1d", BERLIN) == at("2026-03-29T01:30Z")


def test_of_a_time_that_comes_twice_the_first_is_taken():
    assert after(at("2026-10-24T02:30", BERLIN), "1d", BERLIN) == at("2026-10-25T00:30Z")


MOMENTS = st.integers(0, 4_000_000_000 * SECOND)
ZONES = st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])


@given(MOMENTS, st.integers(0, 400), ZONES)
@settings(max_examples=200, deadline=None)
def test_days_keep_the_wall_clock_or_move_past_a_gap(start, days, zone):
    end = after(start, f"{days}d", zone)
    before, later = (moment(t // SECOND * SECOND).astimezone(ZoneInfo(zone)) for t in (start, end))
    assert (later.date() - before.date()).days in (days, days + 1)
    moved = datetime.combine(before.date(), later.time()) - before.replace(tzinfo=None, fold=0)
    assert 0 <= moved.total_seconds() % 86_400 <= 7200


@given(MOMENTS, st.integers(0, 100_000), ZONES)
@settings(max_examples=100, deadline=None)
def test_seconds_elapse_exactly(start, seconds, zone):
    assert after(start, f"{seconds}s", zone) == start + seconds * SECOND


@given(st.text(max_size=12) | st.text(alphabet="0123456789wdhms", max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_duration_or_a_value_error(text):
    try:
        assert parse_duration(text).elapsed() >= 0
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("1970-01-01T00:00:01Z", SECOND),
        ("1970-01-01T01:00:01+01:00", SECOND),
        ("1970-01-01t00:00:00.5z", SECOND // 2),
        ("1970-01-02", 86_400 * SECOND),
        (5, 5 * SECOND),
        (1.5, 3 * SECOND // 2),
    ],
)
def test_moments_that_are_read(value, micros):
    assert read_moment(value) == micros


@pytest.mark.parametrize(
    "value", ["", "soon", "2026-13-01", "2026-01-01T25:00Z", -1, 1e18, None, True, [], "20260101"]
)
def test_moments_that_are_refused(value):
    with pytest.raises(ValueError, match="is not a moment"):
        read_moment(value)

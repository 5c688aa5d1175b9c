"""Durations, moments, templates, documents and time axes, put into words and pictures."""

import re

from hypothesis import given
from hypothesis import strategies as st

from nexus.ui import fields, words, yaml_view
from nexus.ui import moments as times
from nexus.ui.timeline import Scale

S = 1_000_000
moments = st.integers(min_value=0, max_value=4_000_000_000 * S)


def test_durations_read_as_people_say_them():
    said = {500: "< 1 ms", 6_000: "6 ms", 2_900_000: "2.9 s", 65 * S: "1 min 5 s"}
    said |= {3 * 86_400 * S + 7_200 * S: "3 d 2 h", 3_600 * S: "1 h", 60 * S: "1 min"}
    for micros, text in said.items():
        assert words.duration(micros) == text


@given(moments)
def test_any_duration_has_words(micros):
    assert 0 < len(words.duration(micros)) < 20


@given(moments, moments)
def test_any_distance_has_words(then, now):
    assert words.ago(then, now)
    assert times.until(then, now)


def test_a_moment_is_sent_as_utc_and_marked_for_the_readers_zone():
    at = 1_790_000_000 * S + 204_000
    assert text_of(times.day(at)) == "21 Sep, 14:13"
    assert text_of(times.clock(at)) == "14:13:20.204"
    assert text_of(times.clock(at, "minute")) == "14:13"
    assert 'title="21 Sep 2026, 14:13:20 UTC"' in times.day(at)
    assert 'datetime="2026-09-21T14:13:20' in times.day(at)


def test_what_is_due_soon_is_told_by_its_distance_and_later_by_its_moment():
    at = 1_790_000_000 * S
    assert times.until(at, at - 5 * 60 * S) == "in 5 min"
    assert text_of(times.until(at, at - 7_200 * S)) == "on 21 Sep, 14:13"
    assert times.until(at, at + 1) == "now"


def text_of(markup):
    return re.sub("<[^>]*>", "", markup)


def test_turns_are_counted_from_one():
    assert [words.turn(places) for places in ("0", "3.0", "9")] == ["1", "4.1", "10"]


def test_a_template_is_cut_into_texts_and_chips():
    hi, name, end = fields.pieces("Hi {{ steps.client.first_name }}!")
    assert (hi.text, name.text, name.family, end.text) == ("Hi ", "first name", "data", "!")
    assert fields.pieces("{{ event.data.a > 2 }}")[0].text == "event.data.a > 2"


@given(st.text())
def test_nothing_is_lost_between_texts_and_chips(text):
    shown = fields.pieces(text)
    holes = iter(fields.HOLE.findall(text))
    rebuilt = "".join(f"{{{{{next(holes)}}}}}" if p.family else p.text for p in shown)
    assert rebuilt == text


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",))))
def test_a_coloured_document_is_the_document(source):
    joined = ["".join(token.text for token in line) for line in yaml_view.lines(source)]
    assert joined == source.splitlines()


@given(st.sets(moments, min_size=1, max_size=30))
def test_the_time_axis_keeps_order_and_stays_inside(known):
    scale = Scale(known)
    places = [scale.percent(moment) for moment in sorted(known)]
    assert places == sorted(places)
    assert all(0 <= place <= 100.0001 for place in places)


@given(st.sets(moments, min_size=2, max_size=10), st.floats(min_value=0, max_value=100))
def test_a_tick_lies_where_its_moment_is_drawn(known, percent):
    scale = Scale(known)
    moment = scale.moment(percent)
    assert min(known) <= moment <= max(known)

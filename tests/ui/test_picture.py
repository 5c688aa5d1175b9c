"""The line map: which ways come back to the line, and what the stops are called."""

import pytest

from nexus.core.flow.read import read
from nexus.ui import picture

STOP = "{raise: {code: no, message: No}}"
SET = "{set: {a: 1}}"


@pytest.fixture
def draw(nexus):
    def drawn(steps):
        flow = read(f"id: f\nname: F\ntrigger: [{{use: core.webhook}}]\ndo: {steps}\n", "f.yaml")
        return picture.draw(flow, nexus.catalog)

    return drawn


def switch(*ways):
    cases = ", ".join(f"{{if: event.data.a == {n}, do: [{{w{n}: {way}}}]}}" for n, way in ways)
    return f"{{c: {{switch: [{cases}, {{else: null, do: [{{last: {STOP}}}]}}]}}}}"


def test_a_way_that_stops_with_an_error_does_not_come_back(draw):
    (stop,) = draw(f"[{switch((1, STOP), (2, SET))}]").stops
    assert [way.ends for way in stop.ways] == [True, False, True]
    assert not stop.ends


def test_a_switch_whose_every_way_stops_ends_the_line(draw):
    drawn = draw(f"[{{a: {SET}}}, {switch((1, STOP), (2, STOP))}]")
    assert drawn.stops[-1].ends
    assert drawn.ends


def test_an_error_that_is_raised_only_sometimes_lets_the_line_go_on(draw):
    sometimes = "{s: {if: event.data.a, raise: {code: no, message: No}}}"
    assert not draw(f"[{sometimes}]").ends


def test_actions_are_called_by_their_modules_name(draw):
    (stop,) = draw("[{ask: {call: http.post, with: {url: https://a.example}}}]").stops
    assert stop.small == "HTTP · Post"

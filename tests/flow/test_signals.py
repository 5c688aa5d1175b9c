"""What is checked of the steps that wait, hear and speak, and how they are laid out."""

import pytest

from nexus.core.flow import plan as ops
from nexus.core.flow.check import check
from nexus.core.flow.read import read
from nexus.core.flow.signals import fill_input

CALLEE = """
id: add-tax
input:
  cents: {type: integer}
  percent: {type: number, default: 19}
do:
  - tax: {set: "{{ event.data.cents * event.data.percent / 100 }}"}
output: {gross: "{{ event.data.cents + steps.tax }}"}
"""


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ("  - x: {wait: {for: 1d, until: 2026-01-01}}", "wrong_value"),
        ("  - x: {wait: {business_days: 0}}", "wrong_value"),
        ("  - x: {wait: {business_days: 1.5}}", "wrong_type"),
        ("  - x: {wait: {business_days: two}}", "bad_duration"),
        ("  - x: {wait: {zone: UTC}}", "wrong_value"),
        ("  - x: {wait: {for: 1d, zone: Mars/Base}}", "bad_duration"),
        ("  - x: {wait: {for: 1d, holidays: [2026-12-25]}}", "wrong_value"),
        ("  - x: {wait: {business_days: 1, holidays: [Christmas]}}", "bad_duration"),
        ("  - x: {wait: {business_days: '{{ event.data.labels }}'}}", "wrong_type"),
        ("  - x: {listen: {event: a.b}}", "missing_field"),
        ("  - x: {listen: {match: a}}", "missing_field"),
        ("  - x: {listen: {event: '{{ 1 }}', match: a}}", "wrong_value"),
        ("  - x: {listen: {event: a.b, match: '{{ event.data.labels }}'}}", "wrong_type"),
        ("  - x: {listen: {event: a.b, match: a, early: 31d}}", "bad_duration"),
        ("  - x: {listen: {event: a.b, match: a, for: 1d, until: 2026-01-01}}", "wrong_value"),
        ("  - x: {listen: {event: a.b, match: a, for: -3d}}", "bad_duration"),
        ("  - x: {emit: {type: core.run.failed}}", "reserved_name"),
        ("  - x: {emit: {type: Paid}}", "wrong_value"),
        ("  - x: {emit: {type: a.b, subject: '{{ steps.y }}'}}", "unknown_step"),
        ("  - x: {run: other, with: {a: '{{ nope }}'}}", "unknown_name"),
    ],
)
def test_a_mistake_is_said_with_its_place(problems, steps, code):
    found = problems(steps)
    assert [one[0] for one in found] == [code], found
    assert found[0][1] == 4


def test_the_two_ways_of_a_listen_do_not_see_each_other_and_know_what_came(said, problems):
    steps = """\
  - paid:
      listen: {event: a.b, match: k, for: 1d}
      do:
        - yep: {set: "{{ steps.paid.event.data.n }}"}
      timed_out:
        - nope: {set: "{{ steps.yep }}"}
  - after: {set: "{{ [steps.yep, steps.nope, steps.paid.timed_out] }}"}
"""
    assert [one[0] for one in problems(steps)] == ["unreachable_step"]
    assert "only one case runs" in said(steps)
    assert problems(steps.replace('steps.yep }}"}', '1 }}"}')) == []


def test_a_listen_is_laid_out_with_its_two_exits(plan):
    made = plan(
        "  - x:\n      listen: {event: a.b, match: k}\n      do: [{y: {set: 1}}]\n"
        "      timed_out: [{z: {set: 2}}]\n  - w: {set: 3}"
    )
    listen, y, leave, z, w = made.ops
    assert isinstance(listen, ops.Listen)
    assert (listen.heard, listen.late, listen.end, listen.skip) == (1, 3, 4, 4)
    assert (y.step, leave.pc, z.step, w.step) == ("y", 4, "z", "w")
    (bare,) = plan("  - x: {listen: {event: a.b, match: k, early: 2d}}").ops
    assert (bare.heard, bare.late, bare.end) == (1, 1, 1)
    assert bare.early == 2 * 86_400_000_000


@pytest.mark.parametrize(
    "step", ["{emit: {type: a.b}}", "{listen: {event: a.b, match: k}}", "{run: other}"]
)
def test_a_loop_that_speaks_or_waits_writes_each_turn_down(plan, step):
    made = plan(f"  - each: {{for: [1], do: [{{x: {step}}}]}}")
    assert made.ops[0].pure is False


def with_callee(catalog, steps):
    flow = read(f"id: top\ndo:\n{steps}", "top.yaml")
    found = check(flow, catalog, lambda name: read(CALLEE) if name == "add-tax" else None)
    return [(one.code, one.step) for one in found]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("  - x: {run: add-tax, with: {cents: 5}}\n  - y: {set: '{{ steps.x.gross * 2 }}'}", []),
        ("  - x: {run: nobody}", [("unknown_flow", "x")]),
        ("  - x: {run: add-tax}", [("missing_argument", "x")]),
        ("  - x: {run: add-tax, with: {cents: five}}", [("wrong_type", "x")]),
        ("  - x: {run: add-tax, with: {cents: 5, vat: 1}}", [("unknown_argument", "x")]),
        (
            "  - x: {run: add-tax, with: {cents: 5}}\n  - y: {set: '{{ steps.x.net }}'}",
            [("unknown_field", "y")],
        ),
        (
            "  - x: {run: add-tax, with: {cents: 5}, detached: true}\n"
            "  - y: {set: '{{ steps.x.gross }}'}",
            [("unknown_field", "y")],
        ),
    ],
)
def test_both_sides_of_a_sub_flow_are_checked(catalog, steps, found):
    assert with_callee(catalog, steps) == found


def test_what_is_left_out_is_filled_in_and_what_does_not_fit_is_said():
    flow = read(CALLEE)
    assert fill_input(flow, {"cents": 5}) == {"cents": 5, "percent": 19}
    for wrong in ({}, {"cents": "5"}, {"cents": 5, "vat": 1}):
        with pytest.raises(ValueError, match=r"."):
            fill_input(flow, wrong)


def test_an_answer_needs_an_output_and_a_handler_must_be_there(catalog):
    head = (
        "id: top\ntrigger: [{use: github.push, answer: 5s}]\non_error: nobody\ndo: [{x: {set: 1}}]"
    )
    found = check(read(head), catalog, lambda name: None)
    assert [one.code for one in found] == ["missing_field", "unknown_flow"]
    assert check(read(head + "\noutput: 1"), catalog, lambda name: read(CALLEE)) == []

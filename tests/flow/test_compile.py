"""A checked flow is laid out as one flat list of instructions."""

import pytest

from nexus.core.flow import plan as ops
from nexus.core.flow.compile import compile_plan
from nexus.core.flow.read import read
from nexus.core.model.problem import Refused

CONTEXT = {
    "event": {"data": {"amount": 5, "labels": [], "title": "t"}},
    "steps": {},
    "settings": {},
    "run": {},
}


def kinds(plan):
    return [type(op).__name__ for op in plan.ops]


def test_a_call_carries_its_action_and_how_it_is_tried(plan):
    (call,) = plan(
        "  - x: {call: http.post, with: {url: 'a{{ event.data.amount }}'}, retry: 2,"
        " timeout: 5s, connection: main, if: event.data.amount > 3}"
    ).ops
    assert isinstance(call, ops.Call)
    assert (call.action.name, call.connection, call.timeout) == ("http.post", "main", 5_000_000)
    assert call.retry.times == 2
    assert call.arguments(CONTEXT) == {"url": "a5"}
    assert (call.condition(CONTEXT), call.skip) == (True, 1)


def test_a_call_takes_the_actions_own_timeout(plan):
    (call,) = plan("  - x: {call: crm.find}").ops
    assert (call.timeout, call.arguments(CONTEXT)) == (30_000_000, {})


def test_a_switch_jumps_to_a_case_and_each_case_leaves(plan):
    made = plan(
        "  - r: {switch: [{if: event.data.amount > 9, do: [{a: {set: 1}}]},"
        " {if: event.data.paid, do: []}, {else: , do: [{b: {set: 2}}, {c: {set: 3}}]}]}\n"
        "  - z: {set: 4}"
    )
    assert kinds(made) == ["Switch", "Set", "Goto", "Goto", "Set", "Set", "Goto", "Set"]
    switch = made.ops[0]
    assert [(case.name, case.pc) for case in switch.cases] == [
        ("case_1", 1),
        ("case_2", 3),
        ("else", 4),
    ]
    assert switch.cases[0].condition(CONTEXT) is False
    assert switch.cases[2].condition is None
    assert [op.pc for op in made.ops if isinstance(op, ops.Goto)] == [7, 7, 7]
    assert (switch.end, switch.skip) == (7, 7)


def test_a_loop_opens_and_closes_around_its_body(plan):
    made = plan(
        '  - l: {for: "{{ event.data.labels }}", as: one, at: n, do: [{a: {set: "{{ n }}"}},'
        ' {m: {for: "{{ [1] }}", do: [{b: {set: "{{ one.name }}{{ item }}"}}]}}]}'
    )

    assert kinds(made) == ["For", "Set", "For", "Set", "Next", "Next"]
    outer, inner = made.ops[0], made.ops[2]
    assert (outer.name, outer.index_name, outer.body, outer.end) == ("one", "n", 1, 6)
    assert (outer.ids, inner.ids) == (("a", "m"), ("b",))
    assert [op.loop for op in made.ops if isinstance(op, ops.Next)] == [2, 0]
    assert outer.pure
    assert inner.pure


def test_a_place_that_nobody_named_does_not_hide_the_one_around_it(plan):
    made = plan(
        '  - l: {for: "{{ [1] }}", do: [{m: {for: "{{ [2] }}", as: two, do:'
        ' [{b: {set: "{{ index }}"}}]}}]}'
    )
    outer, inner = made.ops[0], made.ops[1]
    assert (outer.index_name, inner.index_name) == ("index", "index of m")
    assert made.ops[2].value({**CONTEXT, "index": 7, "index of m": 8}) == 7


@pytest.mark.parametrize("body", ["{call: crm.find}", "{wait: 1d}"])
def test_a_loop_that_calls_or_waits_is_not_pure(plan, body):
    made = plan(f'  - l: {{for: "{{{{ [1] }}}}", do: [{{a: {body}}}]}}')
    assert not made.ops[0].pure


def test_a_try_knows_its_catch_and_its_end(plan):
    made = plan(
        "  - t: {try: [{a: {set: 1}}], catch: {as: oh, on: [timeout], do:"
        " [{b: {set: '{{ oh.code }}'}}, {c: {set: 1}}]}}"
    )
    assert kinds(made) == ["Try", "Set", "EndTry", "Set", "Set"]
    opened = made.ops[0]
    assert (opened.catch, opened.end, opened.name, opened.on) == (3, 5, "oh", ("timeout",))
    assert made.ops[2].end == 5
    assert made.ops[3].value({**CONTEXT, "oh": {"code": "x"}}) == "x"


def test_waits_and_raises_render_their_texts(plan):
    made = plan(
        "  - a: {wait: 3d}\n"
        '  - b: {wait: {for: "{{ event.data.amount }}d"}}\n'
        '  - c: {wait: {until: "{{ event.time }}"}}\n'
        '  - d: {raise: {code: no_stock, message: "No {{ event.data.title }}"}}'
    )
    three, five, until, fail = made.ops
    assert (three.duration(CONTEXT), three.until) == ("3d", None)
    assert five.duration(CONTEXT) == "5d"
    assert until.duration is None
    assert (fail.code, fail.message(CONTEXT)) == ("no_stock", "No t")


def test_the_plan_carries_condition_key_version_and_zone(catalog):
    flow = read("id: a\nif: event.data.n > 1\nkey: event.data.k\ndo: [{x: {set: 1}}]")
    made = compile_plan(flow, catalog, settings={}, version=3, version_id=7, zone="Europe/Berlin")
    data = {"event": {"data": {"n": 2, "k": "c"}}}
    assert (made.condition(data), made.key(data)) == (True, "c")
    assert (made.version, made.version_id, made.zone, made.flow) == (3, 7, "Europe/Berlin", flow)


SETTINGS = """\
id: a
settings:
  days: {type: integer, default: 3}
  team: {type: string}
do:
  - x: {wait: "{{ settings.days }}d"}
"""


def test_settings_are_filled_from_their_defaults(catalog):
    made = compile_plan(read(SETTINGS), catalog, settings={"team": "IT"}, version=1)
    assert made.settings == {"days": 3, "team": "IT"}


@pytest.mark.parametrize(
    ("given", "code", "line"),
    [
        ({}, "missing_setting", 4),
        ({"team": 5}, "wrong_setting", 4),
        ({"team": "a", "days": "x"}, "wrong_setting", 3),
        ({"team": "a", "tema": "b"}, "unknown_setting", 0),
    ],
)
def test_settings_that_do_not_fit_are_refused(catalog, given, code, line):
    with pytest.raises(Refused) as caught:
        compile_plan(read(SETTINGS), catalog, settings=given, version=1)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == (code, line)


def test_a_flow_with_problems_is_refused_with_all_of_them(catalog):
    source = "id: a\ndo:\n  - x: {call: http.nope}\n  - y: {set: '{{ nope }}'}"
    with pytest.raises(Refused) as caught:
        compile_plan(read(source, "a.yaml"), catalog, settings={}, version=1)
    assert [(one.file, one.line) for one in caught.value.problems] == [("a.yaml", 3), ("a.yaml", 4)]

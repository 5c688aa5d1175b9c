"""Flow documents become Flows; what does not fit the language is said with line, column, step."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nexus.core.flow.document import read_document
from nexus.core.flow.language import flow_schema, kinds, unbuilt
from nexus.core.flow.read import KINDS, MAX_STEPS, read
from nexus.core.model.flow import Place, Retry
from nexus.core.model.problem import Refused

FULL = """\
id: missed-payment
name: Missed payment rescue
group: billing
modules: [crm]
settings: {grace_days: {type: integer, default: 3}}
trigger:
  - use: github.issue
    with: {repo: a}
  - {use: github.push, hook: pushes}
if: event.data.amount > 2500
key: event.data.title
do:
  - client:
      call: crm.find
      with: {name: "{{ event.data.title }}"}
      retry: {times: 3, delay: 2s, factor: 3, cap: 1h, on: [timeout]}
      timeout: 20s
      connection: crm-live
      title: Find the client
      if: true
  - route:
      switch:
        - {if: event.data.paid, name: paid, do: [{rest: {wait: 3d}}]}
        - else:
          do: []
"""


def refusals(source):
    with pytest.raises(Refused) as caught:
        read(source, "demo.yaml")
    return caught.value.problems


def test_a_flow_is_read_whole():
    flow = read(FULL, "demo.yaml")
    assert (flow.id, flow.name, flow.group, flow.modules, flow.file) == (
        "missed-payment",
        "Missed payment rescue",
        "billing",
        ("crm",),
        "demo.yaml",
    )
    assert flow.settings == {"grace_days": {"type": "integer", "default": 3}}
    assert (flow.condition, flow.key) == ("event.data.amount > 2500", "event.data.title")


def test_a_trigger_listens_at_the_flows_own_address_unless_it_names_one():
    first, second = read(FULL).triggers
    assert (first.use, first.settings, first.hook) == (
        "github.issue",
        {"repo": "a"},
        "missed-payment",
    )
    assert (second.use, second.hook) == ("github.push", "pushes")
    assert first.place.line == 7


def test_a_step_keeps_its_attributes_apart_from_its_own_fields():
    client, route = read(FULL).do
    assert client.body == {"call": "crm.find", "with": {"name": "{{ event.data.title }}"}}
    assert (client.kind, client.title, client.condition) == ("call", "Find the client", "true")
    assert (client.timeout, client.connection) == (20_000_000, "crm-live")
    assert client.retry == Retry(
        times=3, delay=2_000_000, factor=3, cap=3_600_000_000, on=("timeout",)
    )
    assert client.place == Place(line=13, column=5)
    assert (route.title, route.body) == ("Route", {})


def test_the_cases_of_a_switch_are_lanes():
    paid, other = read(FULL).do[1].lanes
    assert (paid.name, paid.condition, [step.id for step in paid.do]) == (
        "paid",
        "event.data.paid",
        ["rest"],
    )
    assert (other.name, other.condition, other.do) == ("else", None, ())


def test_json_is_read_the_same():
    source = json.dumps(read_document(FULL).value, indent=2)
    assert [step.id for step in read(source).do] == ["client", "route"]


def test_a_number_of_tries_is_a_retry():
    flow = read("id: a\ndo: [{x: {call: a.b, retry: 4}}]")
    assert flow.do[0].retry == Retry(times=4)
    assert flow.name == "A"


HEAD = "id: a\ndo:\n"


@pytest.mark.parametrize(
    ("steps", "code", "line", "column", "step", "part"),
    [
        ("  - x: {cal: a.b}", "unknown_kind", 3, 9, "x", "Did you mean `call`?"),
        ("  - x: {title: y}", "missing_kind", 3, 5, "x", "does not say what it does"),
        ("  - x: {call: a.b, set: 1}", "several_kinds", 3, 5, "x", "`call` and `set`"),
        ("  - x: {call: a.b, wiht: 1}", "unknown_field", 3, 20, "x", "Did you mean `with`?"),
        ("  - x: {call: post}", "wrong_value", 3, 9, "x", "such as http.post"),
        ("  - x: {call: 5}", "wrong_type", 3, 9, "x", "cannot be a number"),
        ("  - x: {call: a.b, retry: 99}", "wrong_value", 3, 20, "x", "`retry`"),
        ("  - x: {call: a.b, retry: {time: 1}}", "missing_field", 3, 20, "x", "`times`"),
        ("  - x: {call: a.b, timeout: 5}", "wrong_type", 3, 20, "x", "a duration"),
        ("  - x: {call: a.b, timeout: soon}", "wrong_value", 3, 20, "x", "a duration"),
        ("  - x: {call: a.b, timeout: 1m1h}", "bad_duration", 3, 20, "x", "is not a duration"),
        ("  - x: {set: 1, timeout: 5s}", "wrong_attribute", 3, 17, "x", "`call` steps only"),
        ("  - x: {set: 1, retry: 5}", "wrong_attribute", 3, 17, "x", "`call` steps only"),
        ("  - x: {wait: 3}", "wrong_type", 3, 9, "x", "a duration such as 3d"),
        ("  - x: {wait: {}}", "wrong_value", 3, 9, "x", "`business_days`"),
        ("  - x: {raise: {code: No}}", "missing_field", 3, 9, "x", "`message`"),
        ("  - x: {for: [1]}", "missing_field", 3, 5, "x", "`do`"),
        ("  - x: {try: []}", "missing_field", 3, 5, "x", "`catch`"),
        ("  - x: {switch: [{do: []}]}", "wrong_value", 3, 18, "x", "either `if` or `else`"),
        ("  - x: {switch: [{if: a, else: , do: []}]}", "wrong_value", 3, 18, "x", "either"),
        (
            "  - x: {switch: [{else: , do: []}, {if: a, do: []}]}",
            "wrong_order",
            3,
            18,
            "x",
            "stands last",
        ),
        (
            "  - x: {switch: [{if: a, name: n, do: []}, {if: b, name: n, do: []}]}",
            "duplicate_case",
            3,
            44,
            "x",
            "`n`",
        ),
        ("  - X: {set: 1}", "bad_name", 3, 5, "", "small letters"),
        ("  - steps: {set: 1}", "reserved_name", 3, 5, "steps", "`steps_step`"),
        ("  - in: {set: 1}", "reserved_name", 3, 5, "in", "`in`"),
        ("  - x: {set: 1}\n  - x: {set: 2}", "duplicate_step", 4, 5, "x", "first in line 3"),
        (
            "  - x: {for: [], do: [{y: {set: 1}}]}\n  - y: {set: 2}",
            "duplicate_step",
            4,
            5,
            "y",
            "`y`",
        ),
        ("  - x: a\n    y: b", "wrong_value", 3, 5, "", "one id"),
        ("  - {}", "wrong_value", 3, 5, "", "one id"),
        ("  - x: a", "wrong_type", 3, 5, "x", "cannot be a text"),
        ("  x: {set: 1}", "wrong_type", 2, 1, "", "cannot be a map"),
        ("  - x: {fork: {}}", "not_built", 3, 9, "x", "`fork` is not built yet"),
        ("  - x: {set: 1, undo: {}}", "missing_field", 3, 17, "x", "`undo` needs `call`"),
        (
            "  - x: {for: [], do: [{y: {ask: lead}}]}",
            "not_built",
            3,
            28,
            "y",
            "`ask` is not built yet",
        ),
    ],
)
def test_a_mistake_in_a_step_is_said_once_with_its_place(steps, code, line, column, step, part):
    found = [one for one in refusals(HEAD + steps) if one.code == code]
    assert [(one.line, one.column) for one in found] == [(line, column)]
    assert found[0].step in (step, step or found[0].step)
    assert part in str(found[0])
    assert str(found[0]).startswith(f"demo.yaml:{line}:{column}: ")


@pytest.mark.parametrize(
    ("source", "code", "line", "column", "part"),
    [
        ("id: A\ndo: [{x: {set: 1}}]", "wrong_value", 1, 1, "small letters"),
        ("do: [{x: {set: 1}}]", "missing_field", 1, 1, "`id`"),
        ("id: a", "missing_field", 1, 1, "`do`"),
        ("id: a\ndo: []", "wrong_value", 2, 1, "at least one step"),
        ("id: a\nnmae: b\ndo: [{x: {set: 1}}]", "unknown_field", 2, 1, "Did you mean `name`?"),
        ("id: a\nname: 5\ndo: [{x: {set: 1}}]", "wrong_type", 2, 1, "cannot be a number"),
        ("[]", "wrong_type", 1, 1, "cannot be a list"),
        ("just words", "wrong_type", 1, 1, "cannot be a text"),
        (
            "id: a\nconcurrency: {per: key}\ndo: [{x: {set: 1}}]",
            "not_built",
            2,
            1,
            "`concurrency` is not built yet",
        ),
        (
            "id: a\ntrigger: [{use: a.b, if: x}]\ndo: [{x: {set: 1}}]",
            "not_built",
            2,
            22,
            "the flow's own `if`",
        ),
        (
            "id: a\nsettings: {n: {type: whole}}\ndo: [{x: {set: 1}}]",
            "bad_setting",
            2,
            12,
            "not a JSON Schema",
        ),
    ],
)
def test_a_mistake_in_the_head_is_said_with_its_place(source, code, line, column, part):
    found = [one for one in refusals(source) if one.code == code]
    assert [(one.line, one.column) for one in found] == [(line, column)]
    assert part in str(found[0])


def test_all_mistakes_are_said_at_once():
    found = refusals("id: A\nnmae: b\ndo:\n  - x: {cal: 1}\n  - y: {fork: {}}")
    assert [one.code for one in found] == [
        "wrong_value",
        "unknown_field",
        "unknown_kind",
        "not_built",
    ]


def test_a_flow_has_at_most_five_hundred_steps():
    steps = "".join(f"  - s{n}: {{set: 1}}\n" for n in range(MAX_STEPS + 1))
    (problem,) = refusals(HEAD + steps)
    assert (problem.code, problem.line) == ("too_many_steps", MAX_STEPS + 3)
    assert len(read(HEAD + steps.rsplit("  -", 1)[0]).do) == MAX_STEPS


def test_steps_nest_at_most_twenty_deep():
    def nested(depth):
        step = "{set: 1}"
        for n in range(depth - 1):
            step = f"{{for: [], do: [{{s{n}: {step}}}]}}"
        return f"id: a\ndo: [{{top: {step}}}]"

    assert read(nested(20))
    (problem,) = refusals(nested(21))
    assert problem.code == "too_deep"
    assert "20 deep" in problem.title


@pytest.mark.parametrize("kind", sorted(unbuilt() & set(kinds())))
def test_every_kind_that_is_not_built_is_refused_by_name(kind):
    (problem,) = refusals(f"id: a\ndo: [{{x: {{{kind}: y}}}}]")
    assert problem.title == f"`{kind}` is not built yet."


def test_the_schema_is_a_schema_and_holds_the_whole_language():
    Draft202012Validator.check_schema(flow_schema())
    assert set(kinds()) == {
        *KINDS, "fork", "listen", "emit", "run", "ask"
    }  # fmt: skip
    assert unbuilt() == set(kinds()) - set(KINDS)


WORDS = st.sampled_from(
    ["id", "do", "if", "call", "set", "for", "switch", "try", "catch", "wait", "x", "with", "else",
     "http.post", "3d", "{{ 1 }}", "", "as", "retry", "trigger", "settings", "on", "raise", "fork"]
)  # fmt: skip
ANYTHING = st.recursive(
    WORDS | st.none() | st.integers(-3, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(ANYTHING, st.dictionaries(WORDS, ANYTHING, max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_document_is_a_flow_or_refused_in_words(step, more):
    source = json.dumps({"id": "a", "do": [{"x": step}], **more})
    try:
        read(source)
    except Refused as refused:
        for problem in refused.problems:
            assert problem.title
            assert problem.line == 1
            assert problem.column >= 1

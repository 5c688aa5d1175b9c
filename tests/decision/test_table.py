"""A decision table answers as a naive reader of its words would, and its mistakes are named."""

import pytest

from nexus.core.flow.decision.check import check_table
from nexus.core.flow.decision.decide import Decider, Undecided, answer_of
from nexus.core.flow.decision.read import read_table
from nexus.core.model.problem import Refused

TIER = """\
id: escalation-tier
hit: {hit}
inputs:
  attempts: {{type: integer, minimum: 0}}
  segment: {{type: string, enum: [smb, enterprise]}}
outputs:
  path: {{type: string, enum: [low, high]}}
  days: {{type: integer}}
rules:
{rules}
"""
RULES = """\
  - {when: {attempts: ">= 3", segment: enterprise}, then: {path: high, days: 1}}
  - {when: {attempts: ">= 3", segment: smb}, then: {path: high, days: 3}}
  - {when: {attempts: "0..2"}, then: {path: low, days: "{{ 7 - attempts }}"}}
"""


def table(rules=RULES, hit="unique", more=""):
    return read_table(TIER.format(hit=hit, rules=rules) + more, "tier.yaml")


def wrong(rules, hit="unique", more=""):
    try:
        return [(p.code, p.line, p.column) for p in check_table(table(rules, hit, more))]
    except Refused as refused:
        return [(p.code, p.line, p.column) for p in refused.problems]


def said(rules, hit="unique", more=""):
    return " ".join(map(str, check_table(table(rules, hit, more))))


def decide(made, **given):
    assert check_table(made) == []
    return Decider(made).decide(given)


@pytest.mark.parametrize(
    ("attempts", "segment", "answer"),
    [
        (3, "enterprise", {"path": "high", "days": 1}),
        (9, "smb", {"path": "high", "days": 3}),
        (2, None, {"path": "low", "days": 5}),
    ],
)
def test_the_one_rule_that_matches_answers(attempts, segment, answer):
    assert decide(table(), attempts=attempts, segment=segment) == answer


def test_missing_data_matches_only_what_does_not_look_at_it_and_null():
    rules = """\
  - {when: {attempts: "> 1"}, then: {path: high}}
  - {when: {attempts: null}, then: {path: low}}
"""
    assert decide(table(rules)) == {"path": "low", "days": None}
    assert decide(table(rules), attempts=2)["path"] == "high"
    with pytest.raises(Undecided, match="No rule of the table escalation-tier matches attempts"):
        decide(table(rules), attempts=1)


def test_without_a_match_the_else_answers():
    made = table("  - {when: {attempts: 1}, then: {path: high}}", more="else: {path: low}\n")
    assert decide(made, attempts=5) == {"path": "low", "days": None}


def test_first_takes_the_first_and_collect_takes_all():
    rules = """\
  - {when: {attempts: "> 5"}, then: {path: high}}
  - {when: {attempts: "> 2"}, then: {path: low}}
"""
    assert decide(table(rules, "first"), attempts=7)["path"] == "high"
    found = decide(table(rules, "collect"), attempts=7)
    assert [one["path"] for one in found["items"]] == ["high", "low"]
    assert decide(table(rules, "collect"), attempts=0) == {"items": [], "count": 0}


def test_an_input_of_another_type_is_refused():
    with pytest.raises(Undecided, match="cannot take 'many' for `attempts`"):
        decide(table(), attempts="many")


def test_a_rule_with_an_if_is_held_to_unique_when_it_runs():
    rules = """\
  - {when: {attempts: "> 1"}, then: {path: high}}
  - {if: attempts * 2 > 8, then: {path: low}}
"""
    made = table(rules)
    assert decide(made, attempts=3)["path"] == "high"
    with pytest.raises(Undecided, match="Rules 1 and 2 of the table"):
        decide(made, attempts=5)


@pytest.mark.parametrize(
    ("rules", "code", "line", "column", "words"),
    [
        ("  - {when: {atempts: 1}, then: {}}", "unknown_input", 10, 12, "`attempts`"),
        ("  - {when: {segment: smbb}, then: {}}", "bad_cell", 10, 12, "`smb`"),
        ("  - {when: {attempts: a}, then: {}}", "bad_cell", 10, 12, "Rule 1, `attempts`"),
        ("  - {when: {attempts: 5..2}, then: {}}", "bad_cell", 10, 12, "low end first"),
        ("  - {when: {segment: '> smb'}, then: {}}", "bad_cell", 10, 12, "numbers and dates"),
        ("  - {when: {attempts: []}, then: {}}", "bad_cell", 10, 12, "empty list"),
        ("  - {when: {}, then: {pat: low}}", "unknown_output", 10, 22, "`path`"),
        ("  - {when: {}, then: {path: lo}}", "wrong_value", 10, 22, "`low`"),
        ("  - {when: {}, then: {days: '{{ segment }}'}}", "wrong_type", 10, 22, "number"),
        ("  - {when: {}, then: {days: '{{ segmnt }}'}}", "unknown_name", 10, 22, "`segment`"),
        ("  - {if: '{{ attempts }}', then: {}}", "bad_expression", 10, 6, "braces"),
        ("  - {when: {attempts: '< 0'}, then: {}}", "void_rule", 10, 5, "never match"),
        ("  - {wen: {}, then: {}}", "unknown_field", 10, 6, "`when`"),
    ],
)
def test_a_mistake_is_said_with_its_cell(rules, code, line, column, words):
    found = wrong(rules)
    assert [(one[0], one[1]) for one in found] == [(code, line)]
    try:
        assert words in said(rules)
    except Refused as refused:
        assert words in str(refused)


def test_rules_that_overlap_under_unique_are_named_with_an_example():
    rules = """\
  - {when: {attempts: "1..5"}, then: {path: low}}
  - {when: {attempts: ">= 5", segment: smb}, then: {path: high}}
"""
    assert wrong(rules) == [("overlap", 11, 5)]
    assert "Rules 1 and 2 both match attempts = 5, segment = smb." in said(rules)
    assert wrong(rules, "first") == wrong(rules, "collect") == []


def test_a_rule_that_is_never_reached_under_first_is_named():
    rules = """\
  - {when: {attempts: ">= 1"}, then: {path: low}}
  - {when: {attempts: "5..9", segment: smb}, then: {path: high}}
"""
    assert wrong(rules, "first") == [("unreachable_rule", 11, 5)]


def test_ranges_that_touch_do_not_overlap():
    rules = """\
  - {when: {attempts: 1..<5}, then: {path: low}}
  - {when: {attempts: 5..9}, then: {path: high}}
  - {when: {attempts: "> 9"}, then: {path: high}}
"""
    assert wrong(rules) == []


def test_dates_are_compared_as_days():
    made = read_table("""\
id: season
inputs: {day: {type: string, format: date}}
outputs: {name: {type: string}}
rules:
  - {when: {day: "< 2026-04-01"}, then: {name: winter}}
  - {when: {day: "2026-04-01..2026-09-30"}, then: {name: summer}}
  - {when: {day: "> 2026-09-30"}, then: {name: autumn}}
""")
    assert decide(made, day="2026-09-30") == {"name": "summer"}
    with pytest.raises(Undecided, match="for `day`"):
        decide(made, day="30.9.2026")


def test_a_text_in_quotes_of_its_own_is_that_text():
    made = read_table("""\
id: sign
inputs: {text: {type: string}}
outputs: {ok: {type: boolean}}
rules: [{when: {text: ["'-'", '"< 5"', plain]}, then: {ok: true}}]
else: {ok: false}
""")
    assert [decide(made, text=each)["ok"] for each in ("-", "< 5", "plain", "x")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_the_type_of_the_answer_is_known():
    assert str(answer_of(table()).at("days")) == "number"
    assert answer_of(table(hit="collect")).at("items").items().at("path").is_known

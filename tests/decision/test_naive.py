"""Random tables against a naive evaluator, and every overlap against every point of the grid."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.flow.decision.check import check_table
from nexus.core.flow.decision.decide import Decider, Undecided
from nexus.core.model.decision import Rule, Table

NUMBERS = range(-1, 6)
WORDS = ["a", "b", "c"]
INPUTS = {
    "n": {"type": "integer", "minimum": -1, "maximum": 5},
    "w": {"type": "string", "enum": WORDS},
    "yes": {"type": "boolean"},
}
GRID = [
    dict(zip(INPUTS, point, strict=True))
    for point in itertools.product([*NUMBERS, None], [*WORDS, None], [True, False, None])
]
# Each cell beside what a person would say that it means.
number = st.sampled_from(range(5))
sign = st.sampled_from(["<", "<=", ">", ">=", "!="])


@st.composite
def number_cells(draw):
    low = draw(number)
    kind = draw(st.sampled_from(["any", "is", "compare", "range", "null", "list"]))
    if kind == "any":
        return "-", lambda v: True
    if kind == "null":
        return None, lambda v: v is None
    if kind == "is":
        return low, lambda v: v == low
    if kind == "compare":
        word = draw(sign)
        return f"{word} {low}", lambda v: v is not None and eval(f"{v} {word} {low}")
    if kind == "range":
        high = low + draw(st.integers(1, 3))
        return f"{low}..{high}", lambda v: v is not None and low <= v <= high
    other = draw(number)
    return [low, f"> {other}"], lambda v: v is not None and (v == low or v > other)


word_cells = st.sampled_from(
    [
        ("-", lambda v: True),
        ("a", lambda v: v == "a"),
        ("!= b", lambda v: v is not None and v != "b"),
        (["a", "c"], lambda v: v in ("a", "c")),
        (None, lambda v: v is None),
    ]
)
flag_cells = st.sampled_from(
    [("-", lambda v: True), (True, lambda v: v is True), (False, lambda v: v is False)]
)
rules = st.lists(
    st.fixed_dictionaries({"n": number_cells(), "w": word_cells, "yes": flag_cells}),
    min_size=1,
    max_size=5,
)


def made(written, hit):
    found = tuple(
        Rule(when={name: cell for name, (cell, _) in rule.items()}, then={"rule": place})
        for place, rule in enumerate(written)
    )
    whole = {"type": "integer"}
    return Table(id="t", name="T", hit=hit, inputs=INPUTS, outputs={"rule": whole}, rules=found)


def naive(written, point):
    return [
        place
        for place, rule in enumerate(written)
        if all(means(point[name]) for name, (_, means) in rule.items())
    ]


@settings(max_examples=150, deadline=None)
@given(rules, st.sampled_from(["unique", "first", "collect"]))
def test_a_table_answers_as_a_naive_reader_would(written, hit):
    decider = Decider(made(written, hit))
    for point in GRID:
        expected = naive(written, point)
        assert decider.matching(point) == expected
        if hit == "collect":
            answer = decider.decide(point)
            assert [one["rule"] for one in answer["items"]] == expected
            continue
        try:
            answer = decider.decide(point)["rule"]
        except Undecided as error:
            assert (error.code == "no_rule") == (not expected)
            assert error.code == "no_rule" or (hit == "unique" and len(expected) > 1)
        else:
            assert answer == expected[0] and (hit == "first" or len(expected) == 1)


@settings(max_examples=150, deadline=None)
@given(rules)
def test_overlaps_and_empty_rules_are_found_exactly(written):
    found = check_table(made(written, "unique"))
    matched = [naive(written, point) for point in GRID]
    meets = {pair for some in matched for pair in itertools.combinations(some, 2)}
    voids = set(range(len(written))) - {rule for some in matched for rule in some}
    assert sum(one.code == "overlap" for one in found) == len(meets)
    assert sum(one.code == "void_rule" for one in found) == len(voids)


@settings(max_examples=150, deadline=None)
@given(rules)
def test_only_rules_that_one_earlier_rule_hides_are_called_unreachable(written):
    found = [one for one in check_table(made(written, "first")) if one.code == "unreachable_rule"]
    matched = [naive(written, point) for point in GRID]
    hidden = {
        second
        for second in range(len(written))
        if any(all(first in some for some in matched if second in some) for first in range(second))
    }
    assert len(found) == len(hidden)

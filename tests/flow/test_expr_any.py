"""Whatever is written as an expression ends: with a bounded value or with an ExprError."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.flow.expr import compile_expr
from nexus.core.flow.functions import FUNCTIONS
from nexus.core.flow.infer import Scope, infer
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.syntax import parse
from nexus.core.flow.types import ANY, from_value
from nexus.core.flow.values import KINDS, OPERATORS

DATA = {
    "name": "Ada",
    "items": [{"n": 1, "w": "a"}, {"n": 2, "w": "b"}, {"n": 3}],
    "big": list(range(1000)),
}
CONTEXT = {"event": {"data": DATA}, "steps": {}, "settings": {"days": 3}, "run": {}}


def calculate(source):
    return compile_expr(source)(CONTEXT)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_an_expression_or_an_expr_error(source):
    try:
        calculate(source)
    except ExprError as error:
        assert error.message


ATOMS = st.sampled_from(
    ["1", "2.5", "'a'", "true", "null", "[]", "{}", "event.data.items", "event.data.name", "x",
     "event.data.big", "event.data.x", "settings.days", "[1, 'a']"]
)  # fmt: skip


def _grow(inner):
    operators = st.sampled_from([*sorted(OPERATORS), "&&", "||"])
    functions = st.sampled_from(
        sorted(name for name, one in FUNCTIONS.items() if one.least == 1 and name != "matches")
    )
    return (
        st.tuples(inner, operators, inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})")
        | st.tuples(functions, inner).map(lambda p: f"{p[0]}({p[1]})")
        | st.tuples(inner, inner).map(lambda p: f"{p[0]}[{p[1]}]")
        | st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})")
        | st.tuples(inner, st.sampled_from(["map", "filter", "all"]), inner).map(
            lambda p: f"({p[0]}).{p[1]}(y, {p[2].replace('x', 'y')})"
        )
    )


@given(st.recursive(ATOMS, _grow, max_leaves=8))
@settings(max_examples=300, deadline=None)
def test_every_expression_has_a_type_or_an_expr_error(source):
    known = from_value({"data": {**DATA, "x": None}})
    names = {"event": known, "steps": ANY, "settings": from_value({"days": 3}), "x": ANY}
    try:
        found = infer(parse(source), Scope(names=names, gone={}))
    except ExprError as error:
        assert error.message
        return
    value = outcome(source)
    assert value is None or KINDS[type(value)] in found.kinds


def outcome(source):
    try:
        return compile_expr(source, {"event", "steps", "settings", "x"})({**CONTEXT, "x": None})
    except ExprError:
        return None


@given(st.recursive(ATOMS, _grow, max_leaves=8))
@settings(max_examples=300, deadline=None)
def test_every_expression_ends_with_a_bounded_json_value_or_an_expr_error(source):
    started = time.process_time()
    try:
        run = compile_expr(source, {"event", "steps", "settings", "run", "x"})
        found = run({**CONTEXT, "x": 3})
        assert found is None or type(found) in (bool, int, float, str, list, dict)
    except ExprError as error:
        assert error.message
    assert time.process_time() - started < 3

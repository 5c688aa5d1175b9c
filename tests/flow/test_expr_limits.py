"""Expressions have bounds: of their source, of their work, and of what goes in and comes out."""

import time

import pytest

from nexus.core.flow.expr import compile_expr
from nexus.core.flow.loops import BUDGET
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.syntax import MAX_SOURCE
from nexus.core.flow.values import MAX_LIST, MAX_TEXT

DATA = {"items": [1, 2, 3], "big": list(range(1000)), "long": "x" * 60_000}
CONTEXT = {"event": {"data": DATA}}


def calculate(source):
    return compile_expr(source)(CONTEXT)


def error_of(source):
    with pytest.raises(ExprError) as caught:
        calculate(source)
    return caught.value


class TestLimits:
    def test_the_source_is_short(self):
        assert "longer than" in error_of("1" + " " * MAX_SOURCE).message

    def test_brackets_nest_twenty_deep(self):
        assert calculate("(" * 20 + "1" + ")" * 20) == 1
        error = error_of("(" * 21 + "1" + ")" * 21)
        assert "20 deep" in error.message
        assert error.at == (1, 21)

    def test_brackets_in_texts_do_not_count(self):
        assert calculate("'" + "(" * 50 + "'") == "(" * 50

    def test_chains_are_bounded(self):
        assert calculate("+".join(["1"] * 100)) == 100
        assert "too many parts" in error_of("+".join(["1"] * 900)).message
        assert "too many parts" in error_of("!" * 1900 + "true").message

    def test_loops_nest_two_deep(self):
        assert "2 deep" in error_of("[1].map(a, [1].map(b, [1].map(c, c)))").message

    def test_loops_have_a_budget(self):
        error = error_of("event.data.big.map(a, event.data.big.map(b, a * b))")
        assert error.code == "too_much_work"

    def test_a_budget_is_new_for_each_evaluation(self):
        run = compile_expr("event.data.big.filter(x, x > 1 && x < 900 && x != 7)")
        assert all(len(run(CONTEXT)) == 897 for _ in range(BUDGET // 5_000))

    def test_lists_are_bounded(self):
        long = {**CONTEXT, "event": {"data": list(range(MAX_LIST + 1))}}
        with pytest.raises(ExprError, match="10000 items"):
            compile_expr("event.data.map(x, x)")(long)
        assert (
            "items"
            in error_of(
                "','.split(',') + (event.data.big.map(x, x)" + (" + event.data.big" * 10) + ")"
            ).message
        )

    def test_texts_are_bounded_going_in_and_out(self):
        assert "64 kB" in error_of("event.data.long + event.data.long").message
        assert "64 kB" in error_of("'xxxxxxxxxx'.replace('x', event.data.long)").message
        assert "64 kB" in error_of("[event.data.long, event.data.long].join()").message
        huge = {**CONTEXT, "event": {"data": "x" * (MAX_TEXT + 1)}}
        with pytest.raises(ExprError, match="64 kB"):
            compile_expr("event.data.contains('y')")(huge)

    def test_all_of_a_result_is_bounded(self):
        error = error_of(
            "event.data.items.map(x, [event.data.long, event.data.long, "
            "event.data.long, event.data.long, event.data.long, event.data.long])"
        )
        assert "1 MB" in error.message

    def test_patterns_take_linear_time(self):
        started = time.process_time()
        assert calculate("event.data.long.matches('(x+x+)+y')") is False
        assert time.process_time() - started < 1

    @pytest.mark.parametrize(
        "body",
        [
            "event.data.long.contains('y')",
            "event.data.long.matches('(x+x+)+y')",
            "event.data.big == event.data.big + [1]",
            "sum(event.data.big) > 3",
            "event.data.long + 'a' == 'b'",
            "x in event.data.big",
            "event.data.big.map(y, y) == []",
            "string(event.data.big) == 'a'",
            "sort(event.data.big) == []",
        ],
    )
    def test_no_loop_holds_a_thread(self, body):
        started = time.process_time()
        try:
            compile_expr(f"event.data.big.filter(x, {body})")(CONTEXT)
        except ExprError as error:
            assert error.code == "too_much_work"
        assert time.process_time() - started < 3

    def test_data_nested_without_end_is_an_expr_error(self):
        deep = []
        for _ in range(5000):
            deep = [deep]
        other = []
        for _ in range(5000):
            other = [other]
        context = {**CONTEXT, "event": {"data": [deep, other]}}
        with pytest.raises(ExprError, match="nested too deeply"):
            compile_expr("event.data[0] == event.data[1]")(context)

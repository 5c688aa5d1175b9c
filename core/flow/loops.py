"""Loops in expressions (`map`, `filter`, …), and the budget that keeps them short."""

from collections.abc import Callable, Iterator
from typing import Any

from nexus.core.flow.nodes import ExprError, Loop, count_nodes
from nexus.core.flow.plan import Context, Eval
from nexus.core.flow.values import MAX_LIST, MAX_TOTAL, weight, word

MAX_LOOPS = 2
BUDGET = 100_000

SPENT = "*"  # where a loop keeps its budget; no name can be written like this

# In loops these are charged by the size of what they are given.
HEAVY = frozenset({"+", "==", "!=", "in", "<", "<=", ">", ">="})
LIGHT = frozenset({"has", "size", "first", "last", "abs", "floor", "ceil", "round"})


def spend(context: Context, cost: int) -> None:
    """Take work from the budget of this evaluation.

    Raises:
        ExprError: When none is left.
    """
    left = context[SPENT]
    left[0] -= cost
    if left[0] < 0:
        hint = "Use a `for` step, or look at fewer items."
        raise ExprError("The expression does too much work.", code="too_much_work", hint=hint)


def metered(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return the call, charged by the size of what it is given; it takes the context first."""

    def run(context: Context, *args: Any) -> Any:
        for value in args:
            kind = type(value)
            if kind is str or kind is list or kind is dict:
                spend(context, weight(value, MAX_TOTAL) >> 6)
        return call(*args)

    return run


Turns = Callable[[Context], Iterator[tuple[Any, Any]]]


def turns_of(over: Eval, node: Loop, body: Eval) -> Turns:
    """Return what walks a list (or a map's keys) and pairs each item with the body's value."""
    name, cost = node.variable, count_nodes(node.body)

    def turns(context: Context) -> Iterator[tuple[Any, Any]]:
        found = over(context)
        if found is None:
            return
        if type(found) is not list and type(found) is not dict:
            raise ExprError(f"`{node.kind}` needs a list, not {word(found)}.", node.at)
        if len(found) > MAX_LIST:
            raise ExprError(f"A list has more than {MAX_LIST} items.", node.at)
        inner = dict(context)
        for item in list(found):
            spend(context, cost)
            inner[name] = item
            yield item, body(inner)

    return turns


def _map(turns: Turns) -> Eval:
    return lambda context: [value for _, value in turns(context)]


def _filter(turns: Turns) -> Eval:
    return lambda context: [item for item, value in turns(context) if value is True]


def _all(turns: Turns) -> Eval:
    return lambda context: all(value is True for _, value in turns(context))


def _exists(turns: Turns) -> Eval:
    return lambda context: any(value is True for _, value in turns(context))


def _exists_one(turns: Turns) -> Eval:
    return lambda context: sum(value is True for _, value in turns(context)) == 1


LOOPS: dict[str, Callable[[Turns], Eval]] = {
    "map": _map, "filter": _filter, "all": _all, "exists": _exists, "exists_one": _exists_one
}  # fmt: skip

"""Operators over plain JSON values, and the bounds that every value keeps.

Numbers are JSON numbers (whole ones stay exact); anything calculated with null is null; no
operator reaches into Python objects.
"""

import json
import operator
from collections.abc import Callable
from math import isfinite
from typing import Any

from nexus.core.flow.literals import MAX_INT
from nexus.core.flow.nodes import ExprError

MAX_TEXT = 65_536
MAX_LIST = 10_000
MAX_TOTAL = 1_000_000

Two = Callable[[Any, Any], Any]

KINDS: dict[type, str] = {
    str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"
}  # fmt: skip
WORDS = {bool: "yes/no", int: "number", float: "number", str: "text", list: "list", dict: "map"}


def word(value: Any) -> str:
    """Return what people call this value's type."""
    return WORDS.get(type(value), "null")


def is_number(value: Any) -> bool:
    """Tell numbers from true and false, which Python counts among them."""
    return type(value) is int or type(value) is float


def same(a: Any, b: Any) -> bool:
    """Compare by JSON's types: 1 equals 1.0, and true does not equal 1."""
    kind = type(a)
    if kind is type(b) and kind is not list and kind is not dict:
        return bool(a == b)
    if a is b:
        return True
    if kind is list and type(b) is list:
        return len(a) == len(b) and all(map(same, a, b))
    if kind is dict and type(b) is dict:
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return is_number(a) and is_number(b) and bool(a == b)


def differ(a: Any, b: Any) -> bool:
    """Tell whether two values are not the same."""
    return not same(a, b)


def capped(value: Any) -> Any:
    """Return the value, or refuse it when it is larger than expressions may make.

    Raises:
        ExprError: For a number, text or list over its bound.
    """
    kind = type(value)
    if kind is int:
        if not -MAX_INT < value < MAX_INT:
            raise ExprError("The number is too large.")
    elif kind is float:
        if not isfinite(value):
            raise ExprError("The number is too large.")
    elif kind is str:
        if len(value) > MAX_TEXT:
            raise ExprError(f"A text is longer than {MAX_TEXT // 1024} kB.")
    elif kind is list and len(value) > MAX_LIST:
        raise ExprError(f"A list has more than {MAX_LIST} items.")
    return value


def bounded(value: Any) -> Any:
    """Return the value, or refuse it when all of it together is over 1 MB.

    Raises:
        ExprError: When it is too large.
    """
    if weight(value, MAX_TOTAL) > MAX_TOTAL:
        raise ExprError("The result is larger than 1 MB.")
    return value


def weight(value: Any, limit: int) -> int:
    """Return about how many characters a value has as JSON; stop counting past `limit`."""
    total, todo = 0, [value]
    while todo and total <= limit:
        part = todo.pop()
        kind = type(part)
        if kind is str:
            total += len(part) + 2
        elif kind is dict:
            total += 2 + 4 * len(part) + len("".join(part))
            todo.extend(part.values())
        elif kind is list:
            total += 2 + len(part)
            todo.extend(part)
        else:
            total += 4
    return total


def add(a: Any, b: Any) -> Any:
    """Add numbers, or join two texts or two lists."""
    if a is None or b is None:
        return None
    joinable = type(a) is type(b) and type(a) in (str, list)
    if joinable or (is_number(a) and is_number(b)):
        return capped(a + b)
    hint = "Turn the number into text with string(…)." if str in (type(a), type(b)) else ""
    raise ExprError(f"Cannot add {word(a)} and {word(b)}.", hint=hint)


def _arithmetic(calculate: Two, sign: str) -> Two:
    def run(a: Any, b: Any) -> Any:
        if a is None or b is None:
            return None
        if not (is_number(a) and is_number(b)):
            raise ExprError(f"Cannot calculate {word(a)} {sign} {word(b)}.")
        try:
            return capped(calculate(a, b))
        except OverflowError:
            raise ExprError("The number is too large.") from None

    return run


def _divide(a: Any, b: Any) -> Any:
    if b == 0:
        raise ExprError("Division by zero.")
    return a // b if type(a) is int and type(b) is int and a % b == 0 else a / b


def _modulo(a: Any, b: Any) -> Any:
    """Keep the sign of the first number, as CEL does."""
    if b == 0:
        raise ExprError("Division by zero.")
    left = abs(a) % abs(b)
    return left if a >= 0 else -left


def _order(compare: Callable[[Any, Any], bool]) -> Two:
    def run(a: Any, b: Any) -> bool:
        kind, other = type(a), type(b)
        if (kind is int or kind is float) and (other is int or other is float):
            return compare(a, b)
        if kind is other and (kind is str or kind is bool):
            return compare(a, b)
        if a is None or b is None:
            return False
        raise ExprError(f"Cannot compare {word(a)} with {word(b)}.")

    return run


def within(a: Any, b: Any) -> bool:
    """Tell whether a list has this item, or a map this key."""
    if type(b) is list:
        return any(same(a, item) for item in b)
    if type(b) is dict:
        return type(a) is str and a in b
    if b is None:
        return False
    hint = "Write text.contains(part)." if type(b) is str else ""
    raise ExprError(f"`in` needs a list or a map, not {word(b)}.", hint=hint)


OPERATORS: dict[str, Two] = {
    "+": add,
    "-": _arithmetic(operator.sub, "-"),
    "*": _arithmetic(operator.mul, "*"),
    "/": _arithmetic(_divide, "/"),
    "%": _arithmetic(_modulo, "%"),
    "==": same,
    "!=": differ,
    "<": _order(operator.lt),
    "<=": _order(operator.le),
    ">": _order(operator.gt),
    ">=": _order(operator.ge),
    "in": within,
}


def to_text(value: Any) -> str:
    """Write a value as people read it: null is nothing, 2.0 is 2, lists and maps are JSON."""
    kind = type(value)
    if kind is str:
        return str(value)
    if value is None:
        return ""
    if kind is float and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if kind is list or kind is dict:
        return json.dumps(bounded(value), ensure_ascii=False, separators=(",", ":"))
    return str(value).lower() if kind is bool else str(value)

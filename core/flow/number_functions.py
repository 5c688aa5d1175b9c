"""Functions of expressions that work on numbers, lists and times."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from nexus.core.clock import SECOND
from nexus.core.flow.duration import parse_duration, read_moment
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.values import KINDS, capped, is_number


def whole(number: Any, what: str) -> int:
    """Return a place or a count as a whole number, 0 at least."""
    if type(number) is int or number == int(number):
        return max(0, int(number))
    raise ExprError(f"`{what}` needs a whole number.")


NUMERIC = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?\Z", re.ASCII)


def to_number(value: Any) -> Any:
    """Read a number from a text; numbers stay as they are."""
    if type(value) is bool:
        raise ExprError("Yes/no is not a number.")
    if type(value) is not str:
        return value
    text = value.strip()
    if not NUMERIC.match(text):
        raise ExprError(f"`{text[:40]}` is not a number.")
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def to_whole(value: Any) -> int:
    """Read a whole number; what follows the point is cut off."""
    return int(value) if type(value) is bool else int(capped(to_number(value)))


def round_half_up(value: Any, digits: Any = 0) -> Any:
    """Round halves away from zero, as people do with money."""
    places = whole(digits, "round")
    if type(value) is int or abs(value) >= 1e15 or places > 15:
        return value
    step = Decimal(1).scaleb(-places)
    rounded = Decimal(repr(value)).quantize(step, rounding=ROUND_HALF_UP)
    return float(rounded) if places else int(rounded)


def _numbers(name: str, args: tuple[Any, ...]) -> list[Any]:
    items = args[0] if len(args) == 1 and type(args[0]) is list else args
    found = [item for item in items if item is not None]
    if not all(map(is_number, found)):
        raise ExprError(f"`{name}` needs numbers.", code="wrong_type")
    return found


def smallest(*args: Any) -> Any:
    """Return the smallest number of a list or of the arguments."""
    return min(_numbers("min", args), default=None)


def largest(*args: Any) -> Any:
    """Return the largest number of a list or of the arguments."""
    return max(_numbers("max", args), default=None)


def total(items: list[Any]) -> Any:
    """Add up a list of numbers."""
    return sum(_numbers("sum", (items,)))


def ordered(items: list[Any]) -> list[Any]:
    """Sort numbers or texts."""
    found = [item for item in items if item is not None]
    kinds = {KINDS[type(item)] for item in found}
    if len(kinds) > 1 or not kinds <= {"string", "number"}:
        raise ExprError("`sort` needs a list of numbers or a list of texts.", code="wrong_type")
    return sorted(found)


def distinct(items: list[Any]) -> list[Any]:
    """Keep each item once, in order."""
    return list({_identity(item): item for item in reversed(items)}.values())[::-1]


def _identity(value: Any) -> Any:
    if type(value) is list:
        return ("array", *map(_identity, value))
    if type(value) is dict:
        return ("object", frozenset((key, _identity(part)) for key, part in value.items()))
    return (KINDS.get(type(value)), value)


def timestamp(text: Any) -> Any:
    """Read a moment as seconds since 1970."""
    try:
        seconds, micros = divmod(read_moment(text), SECOND)
    except ValueError as error:
        raise ExprError(f"{error}.") from None
    return seconds + micros / SECOND if micros else seconds


def duration(text: str) -> int:
    """Read a duration as seconds; a day has 24 hours."""
    try:
        return parse_duration(text).elapsed() // SECOND
    except ValueError as error:
        raise ExprError(f"{error}.") from None

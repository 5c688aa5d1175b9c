"""The functions that expressions may call: one fixed table, each total and bounded.

A function gets values of the types it takes, never null (null in gives null out, unless it says
otherwise), and answers with a JSON value or raises ExprError.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import ceil, floor
from typing import Any

import re2

from nexus.core.clock import SECOND
from nexus.core.flow.duration import parse_duration, read_moment
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.values import MAX_LIST, MAX_TEXT, capped, is_number, to_text

TEXT, NUMBER, LIST, YES_NO = ("string",), ("number",), ("array",), ("boolean",)
SIZED = ("string", "array", "object")
SCALAR = ("string", "number", "boolean")
ANY = (*SIZED, "number", "boolean")
KINDS: dict[type, str] = {
    str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"
}  # fmt: skip
WORDS = {
    "string": "text", "number": "a number", "boolean": "yes/no", "array": "a list", "object": "a map"
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One function. `takes` holds the types of each argument; the last `optional` may be left out.

    `gives` is a JSON type, `item` (an item of the list), `same` (the first argument's type) or
    `any`. `spread` repeats the last argument. `nulls` lets null through to `call`.
    """

    call: Callable[..., Any]
    takes: tuple[tuple[str, ...], ...]
    gives: str
    optional: int = 0
    spread: bool = False
    nulls: bool = False

    @property
    def least(self) -> int:
        """Return how many arguments it needs."""
        return len(self.takes) - self.optional

    @property
    def most(self) -> int:
        """Return how many arguments it can take."""
        return 100 if self.spread else len(self.takes)

    def accepts(self, index: int) -> tuple[str, ...]:
        """Return the types that an argument may have."""
        return self.takes[min(index, len(self.takes) - 1)]


def bind(name: str, function: Function) -> Callable[..., Any]:
    """Return the function as expressions call it: types checked, null passed, result bounded."""
    call, nulls = function.call, function.nulls

    def run(*args: Any) -> Any:
        for index, value in enumerate(args):
            if value is None:
                if not nulls:
                    return None
            elif KINDS.get(type(value)) not in function.accepts(index):
                wanted = " or ".join(WORDS[kind] for kind in function.accepts(index))
                found = WORDS[KINDS[type(value)]]
                raise ExprError(f"`{name}` needs {wanted}, not {found}.", code="wrong_type")
            elif type(value) is str and len(value) > MAX_TEXT:
                raise ExprError(f"A text given to `{name}` is longer than {MAX_TEXT // 1024} kB.")
        return capped(call(*args))

    return run


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Any:
    """Compile a pattern with RE2, which takes time in proportion to the text and no more.

    Raises:
        ExprError: When RE2 does not know the pattern, or it is too large.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise ExprError(f"`{pattern[:40]}` is not a pattern that is understood.") from None


def _matches(text: str, pattern: str) -> bool:
    return compile_pattern(pattern).search(text) is not None


SMALL, LARGE = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TO_SMALL, TO_LARGE = str.maketrans(LARGE, SMALL), str.maketrans(SMALL, LARGE)


def _lower(text: str) -> str:
    return text.translate(TO_SMALL)


def _upper(text: str) -> str:
    return text.translate(TO_LARGE)


def _split(text: str, by: str) -> list[str]:
    if not by:
        raise ExprError("`split` needs a text to split by.")
    return text.split(by, MAX_LIST + 1)


def _join(items: list[Any], by: str = "") -> str:
    texts, room = [], MAX_TEXT
    for item in items:
        texts.append(to_text(item))
        room -= len(texts[-1]) + len(by)
        if room < -len(by):
            raise ExprError(f"A text is longer than {MAX_TEXT // 1024} kB.")
    return by.join(texts)


def _replace(text: str, old: str, new: str) -> str:
    if not old:
        raise ExprError("`replace` needs a text to look for.")
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise ExprError(f"A text is longer than {MAX_TEXT // 1024} kB.")
    return text.replace(old, new)


def _place(number: Any, what: str) -> int:
    if type(number) is int or number == int(number):
        return max(0, int(number))
    raise ExprError(f"`{what}` needs a whole number.")


def _substring(text: str, start: Any, end: Any = None) -> str:
    begin = _place(start, "substring")
    return text[begin:] if end is None else text[begin : _place(end, "substring")]


NUMERIC = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?\Z", re.ASCII)


def _double(value: Any) -> Any:
    if type(value) is bool:
        raise ExprError("Yes/no is not a number.")
    if type(value) is not str:
        return value
    text = value.strip()
    if not NUMERIC.match(text):
        raise ExprError(f"`{text[:40]}` is not a number.")
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _int(value: Any) -> int:
    return int(value) if type(value) is bool else int(capped(_double(value)))


def _round(value: Any, digits: Any = 0) -> Any:
    """Round halves away from zero, as people do with money."""
    places = _place(digits, "round")
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


def _min(*args: Any) -> Any:
    return min(_numbers("min", args), default=None)


def _max(*args: Any) -> Any:
    return max(_numbers("max", args), default=None)


def _sum(items: list[Any]) -> Any:
    return sum(_numbers("sum", (items,)))


def _sort(items: list[Any]) -> list[Any]:
    found = [item for item in items if item is not None]
    kinds = {KINDS[type(item)] for item in found}
    if len(kinds) > 1 or not kinds <= {"string", "number"}:
        raise ExprError("`sort` needs a list of numbers or a list of texts.", code="wrong_type")
    return sorted(found)


def _distinct(items: list[Any]) -> list[Any]:
    return list({_identity(item): item for item in reversed(items)}.values())[::-1]


def _identity(value: Any) -> Any:
    if type(value) is list:
        return ("array", *map(_identity, value))
    if type(value) is dict:
        return ("object", frozenset((key, _identity(part)) for key, part in value.items()))
    return (KINDS.get(type(value)), value)


def _timestamp(text: Any) -> Any:
    try:
        seconds, micros = divmod(read_moment(text), SECOND)
    except ValueError as error:
        raise ExprError(f"{error}.") from None
    return seconds + micros / SECOND if micros else seconds


def _duration(text: str) -> int:
    try:
        return parse_duration(text).elapsed() // SECOND
    except ValueError as error:
        raise ExprError(f"{error}.") from None


FUNCTIONS: dict[str, Function] = {
    "has": Function(
        call=lambda value: value is not None, takes=(ANY,), gives="boolean", nulls=True
    ),
    "size": Function(call=len, takes=(SIZED,), gives="number"),
    "startsWith": Function(call=str.startswith, takes=(TEXT, TEXT), gives="boolean"),
    "endsWith": Function(call=str.endswith, takes=(TEXT, TEXT), gives="boolean"),
    "contains": Function(call=str.__contains__, takes=(TEXT, TEXT), gives="boolean"),
    "matches": Function(call=_matches, takes=(TEXT, TEXT), gives="boolean"),
    "lowerAscii": Function(call=_lower, takes=(TEXT,), gives="string"),
    "upperAscii": Function(call=_upper, takes=(TEXT,), gives="string"),
    "trim": Function(call=str.strip, takes=(TEXT,), gives="string"),
    "split": Function(call=_split, takes=(TEXT, TEXT), gives="array"),
    "join": Function(call=_join, takes=(LIST, TEXT), gives="string", optional=1),
    "replace": Function(call=_replace, takes=(TEXT, TEXT, TEXT), gives="string"),
    "substring": Function(
        call=_substring, takes=(TEXT, NUMBER, NUMBER), gives="string", optional=1
    ),
    "string": Function(call=to_text, takes=(ANY,), gives="string", nulls=True),
    "int": Function(call=_int, takes=(SCALAR,), gives="number"),
    "double": Function(call=_double, takes=(SCALAR,), gives="number"),
    "abs": Function(call=abs, takes=(NUMBER,), gives="number"),
    "round": Function(call=_round, takes=(NUMBER, NUMBER), gives="number", optional=1),
    "floor": Function(call=floor, takes=(NUMBER,), gives="number"),
    "ceil": Function(call=ceil, takes=(NUMBER,), gives="number"),
    "min": Function(
        call=_min, takes=(("number", "array"),), gives="number", spread=True, nulls=True
    ),
    "max": Function(
        call=_max, takes=(("number", "array"),), gives="number", spread=True, nulls=True
    ),
    "sum": Function(call=_sum, takes=(LIST,), gives="number"),
    "first": Function(call=lambda items: items[0] if items else None, takes=(LIST,), gives="item"),
    "last": Function(call=lambda items: items[-1] if items else None, takes=(LIST,), gives="item"),
    "sort": Function(call=_sort, takes=(LIST,), gives="same"),
    "distinct": Function(call=_distinct, takes=(LIST,), gives="same"),
    "timestamp": Function(call=_timestamp, takes=(TEXT + NUMBER,), gives="number"),
    "duration": Function(call=_duration, takes=(TEXT,), gives="number"),
}

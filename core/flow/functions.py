"""The functions that expressions may call: one fixed table, each total and bounded.

A function gets values of the types it takes, never null (null in gives null out, unless it says
otherwise), and answers with a JSON value or raises ExprError.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from nexus.core.flow import number_functions as numbers
from nexus.core.flow import text_functions as texts
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.values import KINDS, MAX_TEXT, capped, to_text

TEXT, NUMBER, LIST, YES_NO = ("string",), ("number",), ("array",), ("boolean",)
SIZED = ("string", "array", "object")
SCALAR = ("string", "number", "boolean")
ANY = (*SIZED, "number", "boolean")
WORDS = {
    "string": "text",
    "number": "a number",
    "boolean": "yes/no",
    "array": "a list",
    "object": "a map",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One function. `takes` has the types of each argument; the last `optional` may be left out.

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


FUNCTIONS: dict[str, Function] = {
    "has": Function(
        call=lambda value: value is not None, takes=(ANY,), gives="boolean", nulls=True
    ),
    "size": Function(call=len, takes=(SIZED,), gives="number"),
    "startsWith": Function(call=str.startswith, takes=(TEXT, TEXT), gives="boolean"),
    "endsWith": Function(call=str.endswith, takes=(TEXT, TEXT), gives="boolean"),
    "contains": Function(call=str.__contains__, takes=(TEXT, TEXT), gives="boolean"),
    "matches": Function(call=texts.matches, takes=(TEXT, TEXT), gives="boolean"),
    "lowerAscii": Function(call=texts.lower, takes=(TEXT,), gives="string"),
    "upperAscii": Function(call=texts.upper, takes=(TEXT,), gives="string"),
    "trim": Function(call=str.strip, takes=(TEXT,), gives="string"),
    "split": Function(call=texts.split, takes=(TEXT, TEXT), gives="array"),
    "join": Function(call=texts.join, takes=(LIST, TEXT), gives="string", optional=1),
    "replace": Function(call=texts.replace, takes=(TEXT, TEXT, TEXT), gives="string"),
    "substring": Function(
        call=texts.substring, takes=(TEXT, NUMBER, NUMBER), gives="string", optional=1
    ),
    "string": Function(call=to_text, takes=(ANY,), gives="string", nulls=True),
    "int": Function(call=numbers.to_whole, takes=(SCALAR,), gives="number"),
    "double": Function(call=numbers.to_number, takes=(SCALAR,), gives="number"),
    "abs": Function(call=abs, takes=(NUMBER,), gives="number"),
    "round": Function(
        call=numbers.round_half_up, takes=(NUMBER, NUMBER), gives="number", optional=1
    ),
    "floor": Function(call=floor, takes=(NUMBER,), gives="number"),
    "ceil": Function(call=ceil, takes=(NUMBER,), gives="number"),
    "min": Function(
        call=numbers.smallest, takes=(("number", "array"),), gives="number", spread=True, nulls=True
    ),
    "max": Function(
        call=numbers.largest, takes=(("number", "array"),), gives="number", spread=True, nulls=True
    ),
    "sum": Function(call=numbers.total, takes=(LIST,), gives="number"),
    "first": Function(call=lambda items: items[0] if items else None, takes=(LIST,), gives="item"),
    "last": Function(call=lambda items: items[-1] if items else None, takes=(LIST,), gives="item"),
    "sort": Function(call=numbers.ordered, takes=(LIST,), gives="same"),
    "distinct": Function(call=numbers.distinct, takes=(LIST,), gives="same"),
    "timestamp": Function(call=numbers.timestamp, takes=(TEXT + NUMBER,), gives="number"),
    "duration": Function(call=numbers.duration, takes=(TEXT,), gives="number"),
}

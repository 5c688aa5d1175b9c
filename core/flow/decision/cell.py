"""What one cell of a decision table says: a test of one input.

A cell is a value (`gold`, `3`, `true`, `null`), a comparison (`>= 3`, `!= gold`), a range (`1..5`
with both ends, `1..<5` without the last), a list of these of which one must hold, or `-` for
whatever it is. A text in quotes of its own is that text: `"'-'"`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from operator import eq, ge, gt, le, lt
from typing import Any

import jsonschema_rs

from nexus.core.flow.near import did_you_mean, listed
from nexus.core.flow.scalars import read_scalar
from nexus.core.model.action import Schema

ANYTHING = "-"
SPLIT = re.compile(r"(>=|<=|!=|>|<)\s*(.+)", re.DOTALL)
RANGE = re.compile(r"(.+?)\s*\.\.(<?)\s*(.+)", re.DOTALL)
QUOTED = re.compile(r"'(.*)'|\"(.*)\"", re.DOTALL)
ORDER: Mapping[str, Callable[[Any, Any], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt, "=": eq}
WORDS = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "yes/no"}

Holds = Callable[[Any], bool]


class CellError(Exception):
    """What is wrong with a cell, in words."""

    def __init__(self, message: str, *, expected: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.expected, self.hint = message, expected, hint


@dataclass(frozen=True, slots=True)
class Test:
    """One cell, compiled: whether a value passes, and the values at which the answer may turn."""

    holds: Holds
    edges: tuple[Any, ...] = ()
    always: bool = False


ALWAYS = Test(lambda value: True, always=True)


class Input:
    """One input of a table: what it accepts, and how its cells are read."""

    def __init__(self, name: str, schema: Schema) -> None:
        self.name = name
        self.kind: str = schema["type"]
        self.is_date = schema.get("format") == "date"
        self.values: list[Any] | None = schema.get("enum")
        self.bounds = [schema[word] for word in ("minimum", "maximum") if word in schema]
        self._fits = jsonschema_rs.validator_for(dict(schema)).is_valid

    @property
    def is_ordered(self) -> bool:
        """True when its values can be compared by size."""
        return self.kind in ("integer", "number") or self.is_date

    def accepts(self, value: Any) -> bool:
        """Say whether a value may be given; missing data always may."""
        return value is None or (self._fits(value) and (not self.is_date or is_date(value)))

    def expected(self) -> str:
        """Say in words what it takes."""
        if self.values:
            return listed(map(str, self.values))
        return "a date such as 2026-11-30" if self.is_date else WORDS[self.kind]

    def read(self, written: Any) -> Test:
        """Read a cell.

        Raises:
            CellError: It is no test of this input.
        """
        if isinstance(written, list):
            return self._any_of(written)
        if isinstance(written, dict):
            raise CellError("A cell is a value, a comparison or a list.", expected=self.expected())
        if isinstance(written, str):
            return self._text(written.strip())
        return self._equal(written)

    def _any_of(self, written: list[Any]) -> Test:
        if not written:
            hint = "Write - for whatever it is."
            raise CellError("An empty list never matches.", hint=hint)
        tests = [self.read(each) for each in written]
        edges = tuple(edge for test in tests for edge in test.edges)
        holds = tuple(test.holds for test in tests)
        return Test(lambda value: any(one(value) for one in holds), edges)

    def _text(self, text: str) -> Test:
        if text == ANYTHING:
            return ALWAYS
        if quoted := QUOTED.fullmatch(text):
            return self._equal(quoted[1] if quoted[1] is not None else quoted[2])
        if split := SPLIT.fullmatch(text):
            return self._compare(split[1], self._value(split[2]))
        if self.is_ordered and (ends := RANGE.fullmatch(text)):
            return self._between(self._value(ends[1]), self._value(ends[3]), bool(ends[2]))
        return self._equal(self._value(text))

    def _value(self, text: str) -> Any:
        if quoted := QUOTED.fullmatch(text):
            return quoted[1] if quoted[1] is not None else quoted[2]
        return text if self.kind == "string" else read_scalar(text)

    def _equal(self, value: Any) -> Test:
        if value is None:
            return Test(lambda given: given is None)
        self._check(value)
        return Test(lambda given: _same(given, value), (value,))

    def _compare(self, sign: str, value: Any) -> Test:
        if sign == "!=":
            self._check(value)
            return Test(lambda given: given is not None and not _same(given, value), (value,))
        if not self.is_ordered:
            hint = "A text in quotes of its own is taken as it is: \"'< 5 users'\"."
            raise CellError(f"`{sign}` compares numbers and dates only.", hint=hint)
        self._check_edge(value)
        order = ORDER[sign]
        return Test(lambda given: given is not None and order(given, value), (value,))

    def _between(self, low: Any, high: Any, is_open: bool) -> Test:
        self._check_edge(low)
        self._check_edge(high)
        below = lt if is_open else le
        if not below(low, high):
            raise CellError(
                f"Nothing lies between {low} and {high}.", hint="Write the low end first."
            )
        return Test(
            lambda given: given is not None and low <= given and below(given, high), (low, high)
        )

    def _check(self, value: Any) -> None:
        if self.accepts(value) and value is not None:
            return
        near = did_you_mean(str(value), map(str, self.values)) if self.values else ""
        shown = f"`{str(value)[:60]}`"
        raise CellError(f"`{self.name}` is never {shown}.", expected=self.expected(), hint=near)

    def _check_edge(self, value: Any) -> None:
        """An end of a range may lie outside what is given: `> 0` goes where 1 is the least."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_date(value) if self.is_date else is_number):
            words = f"`{self.name}` cannot be compared with `{str(value)[:60]}`."
            raise CellError(words, expected=self.expected())


def is_date(value: Any) -> bool:
    """Say whether a value is a date as ISO 8601 writes it in full."""
    try:
        return type(value) is str and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _same(given: Any, value: Any) -> bool:
    """Compare as JSON does: true is not 1."""
    return given == value and isinstance(given, bool) == isinstance(value, bool)

"""Which rules of a decision table may match together, with an example; and which never can.

Each input's values fall into classes inside which no cell of its column tells them apart: the
values at which a cell turns, those between, and missing data. A cell is then the set of classes
that it takes, kept as the bits of one number, so that a pair of rules costs an `&` per input.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from nexus.core.flow.decision.cell import ALWAYS, Input, Test

Cells = Mapping[str, Test]
OTHER = "any other text"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two rules (counted from 0) that both match the `example`."""

    first: int
    second: int
    example: dict[str, Any]


class Grid:
    """The rules of a table, each cell as the set of classes of values that it takes."""

    def __init__(self, inputs: Mapping[str, Input], rules: list[Cells]) -> None:
        self._samples = {
            name: _samples(one, [rule[name] for rule in rules if name in rule])
            for name, one in inputs.items()
        }
        self._rows = [
            [_bits(rule.get(name, ALWAYS), samples) for name, samples in self._samples.items()]
            for rule in rules
        ]

    def hides(self, first: int, second: int) -> bool:
        """Say whether whatever matches the second rule matches the first as well."""
        pairs = zip(self._rows[first], self._rows[second], strict=True)
        return all(not theirs & ~ours for ours, theirs in pairs)

    def is_void(self, rule: int) -> bool:
        """Say whether a rule can never match."""
        return not all(self._rows[rule])

    def meet(self, first: int, second: int) -> Meeting | None:
        """Return what two rules have in common, if anything."""
        both = self._both(first, second)
        return Meeting(first, second, self._example(both)) if all(both) else None

    def _both(self, first: int, second: int) -> list[int]:
        pairs = zip(self._rows[first], self._rows[second], strict=True)
        return [ours & theirs for ours, theirs in pairs]

    def _example(self, both: list[int]) -> dict[str, Any]:
        pairs = zip(self._samples.items(), both, strict=True)
        return {name: samples[_lowest(bits)] for (name, samples), bits in pairs}


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _bits(test: Test, samples: list[Any]) -> int:
    return sum(1 << place for place, value in enumerate(samples) if test.holds(value))


def _samples(one: Input, tests: Iterable[Test]) -> list[Any]:
    """Return one value of each class, missing data last."""
    edges = [edge for test in tests for edge in test.edges]
    if one.values is not None:
        found: list[Any] = list(one.values)
    elif one.kind == "boolean":
        found = [True, False]
    elif one.is_date:
        found = sorted(set(_days(edges)))
    elif one.is_ordered:
        edges += one.bounds
        found = sorted(set(_numbers(edges, whole=one.kind == "integer")))
    else:
        found = [*dict.fromkeys(edges), OTHER]
    return [*(value for value in found if one.accepts(value)), None]


def _numbers(edges: list[Any], *, whole: bool) -> Iterator[Any]:
    yield 0
    for edge in edges:
        yield from ((int(edge // 1) + step for step in (-1, 0, 1, 2)) if whole else ())
        yield from (edge - 1, edge, edge + 1)
    for low, high in pairwise(sorted(set(edges))):
        yield (low + high) / 2


def _days(edges: list[str]) -> Iterator[str]:
    yield "2000-01-01"
    for edge in edges:
        yield edge
        for step in (-1, 1):
            with suppress(OverflowError):  # the first and the last day that there are
                yield (date.fromisoformat(edge) + timedelta(days=step)).isoformat()

"""Turn a decision table into the rows that the template draws; the room of pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nexus.core.flow.decision.decide import Decider
from nexus.core.model.decision import Rule, Table
from nexus.core.model.view import StepView
from nexus.ui.fields import Piece, pieces
from nexus.ui.words import _, humanise

HITS = {
    "unique": "One rule at most matches.",
    "first": "The first rule that matches answers.",
    "collect": "Every rule that matches answers.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as drawn: what each input must be, what each output becomes, and why."""

    number: str
    tests: tuple[str, ...]
    answers: tuple[tuple[Piece, ...], ...]
    condition: str
    note: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole table as drawn."""

    table: Table
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    hit: str
    lines: tuple[Line, ...]


def draw(table: Table, seen: StepView | None) -> Sheet:
    """Draw a table; with what a run made of it, the rules that matched are marked."""
    matched = _matched(table, seen)
    lines = [_line(table, rule, place, place in matched) for place, rule in enumerate(table.rules)]
    if table.otherwise is not None:
        is_hit = seen is not None and seen.state == "done" and not matched
        last = Rule(when={}, then=table.otherwise, note=_("when no rule matches"))
        lines.append(_line(table, last, None, is_hit))
    return Sheet(
        table=table,
        inputs=tuple(_title(name, one) for name, one in table.inputs.items()),
        outputs=tuple(_title(name, one) for name, one in table.outputs.items()),
        hit=_(HITS[table.hit]),
        lines=tuple(lines),
    )


def _matched(table: Table, seen: StepView | None) -> set[int]:
    """Return the rules that answered in a run, worked out again from what it was given."""
    if seen is None or seen.state != "done" or not isinstance(seen.input, Mapping):
        return set()
    found = Decider(table).matching({name: seen.input.get(name) for name in table.inputs})
    return set(found[:1] if table.hit == "first" else found)


def _line(table: Table, rule: Rule, place: int | None, hit: bool) -> Line:
    return Line(
        number=_("else") if place is None else str(place + 1),
        tests=tuple(cell(rule.when.get(name, "-")) for name in table.inputs),
        answers=tuple(pieces(cell(rule.then.get(name))) for name in table.outputs),
        condition=rule.condition or "",
        note=rule.note,
        hit=hit,
    )


def _title(name: str, schema: Mapping[str, Any]) -> str:
    return str(schema.get("title") or humanise(name))


def cell(value: Any) -> str:
    """Write a cell as people read it."""
    if isinstance(value, list):
        return _(" or ").join(cell(each) for each in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("nothing")
    return _("any") if value == "-" else str(value)

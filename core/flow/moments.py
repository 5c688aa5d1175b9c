"""Check and compile what says when something ends, on whose calendar, with which holidays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nexus.core.flow.arguments import holds_expr
from nexus.core.flow.duration import EXPECTED, EXPECTED_MOMENT, parse_span, read_moment
from nexus.core.flow.infer import Scope
from nexus.core.flow.inspect import inspect_value
from nexus.core.flow.report import Report
from nexus.core.flow.template import compile_template
from nexus.core.flow.workdays import (
    EXPECTED_DAYS,
    EXPECTED_ZONE,
    read_count,
    read_holidays,
    read_zone,
)

TIMED = {
    "for": "duration", "until": "until", "business_days": "business", "zone": "zone",
    "holidays": "holidays",
}  # fmt: skip
ENDS = ("for", "until", "business_days")


@dataclass(frozen=True, slots=True)
class Part:
    """How one word is read, what is expected there, and which types an expression may give."""

    read: Callable[[Any], Any]
    expected: str
    kinds: tuple[str, ...]


PARTS = {
    "for": Part(parse_span, EXPECTED, ("string",)),
    "until": Part(read_moment, EXPECTED_MOMENT, ("string", "number")),
    "business_days": Part(read_count, EXPECTED_DAYS, ("string", "number")),
    "zone": Part(read_zone, EXPECTED_ZONE, ("string",)),
    "holidays": Part(read_holidays, "a list of dates such as 2026-12-25", ("array",)),
}


def inspect_moments(
    written: Mapping[str, Any], key: str, scope: Scope, report: Report, *, needed: bool = False
) -> None:
    """Check every word that says when something ends; at most one of `ENDS` may."""
    ends = [word for word in ENDS if word in written]
    if len(ends) > 1 or (needed and not ends):
        title = "It ends at one moment: write one of `for`, `until` and `business_days`."
        report.add("wrong_value", title, key)
    if "holidays" in written and "business_days" not in written:
        hint = "Holidays count for `business_days` only."
        report.add("wrong_value", "`holidays` does nothing here.", f"{key}/holidays", hint=hint)
    for word in PARTS.keys() & written.keys():
        inspect_moment(written[word], word, f"{key}/{word}", scope, report)


def inspect_moment(value: Any, word: str, key: str, scope: Scope, report: Report) -> None:
    """Check the value of one word."""
    part = PARTS[word]
    if not holds_expr(value):
        _constant(value, part, key, report)
        return
    found = inspect_value(value, key, scope, report)
    if not found.can_be(*part.kinds):
        report.add("wrong_type", f"`{word}` cannot be {found}.", key, expected=part.expected)


def _constant(value: Any, part: Part, key: str, report: Report) -> None:
    try:
        part.read(value)
    except ValueError:
        title = f"`{str(value)[:40]}` cannot be waited for."
        report.add("bad_duration", title, key, expected=part.expected)


def laid_moments(written: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return what says when something ends, as the fields of its instruction."""
    return {
        TIMED[word]: compile_template(value, names)
        for word, value in written.items()
        if word in TIMED
    }

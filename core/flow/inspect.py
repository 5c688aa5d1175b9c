"""Check conditions and templated values where they stand, and find their types."""

from typing import Any

from nexus.core.flow.expr import compile_expr
from nexus.core.flow.infer import Scope, check_condition, infer
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.report import Report
from nexus.core.flow.syntax import parse
from nexus.core.flow.template import compile_template, has_expr, shifted, split_template
from nexus.core.flow.types import ANY, LIST, NOTHING, TEXT, Type, closed_map, from_value, list_of
from nexus.core.flow.types import union as union_of

BRACES = "This is an expression already: write it without {{ }}."


def inspect_condition(source: str | None, key: str, scope: Scope, report: Report) -> None:
    """Check a condition; problems go to the report."""
    if source is None:
        return
    if has_expr(source):
        report.add("bad_expression", "A condition has no braces.", key, hint=BRACES)
        return
    try:
        check_condition(parse(source), scope)
        compile_expr(source, scope.names)
    except ExprError as error:
        report.add_error(error, key)


def inspect_expr(source: str, key: str, scope: Scope, report: Report) -> Type:
    """Check a bare expression and return its type."""
    if has_expr(source):
        report.add("bad_expression", "This is an expression, without braces.", key, hint=BRACES)
        return ANY
    try:
        kind = infer(parse(source), scope)
        compile_expr(source, scope.names)
    except ExprError as error:
        report.add_error(error, key)
        return ANY
    return kind


def inspect_value(value: Any, key: str, scope: Scope, report: Report) -> Type:
    """Check a value with templates inside and return its type; after a problem it is unknown."""
    if isinstance(value, dict):
        return closed_map(
            {
                name: inspect_value(part, f"{key}/{name}", scope, report)
                for name, part in value.items()
            }
        )
    if isinstance(value, list):
        items = [
            inspect_value(part, f"{key}/{place}", scope, report) for place, part in enumerate(value)
        ]
        return list_of(union_of(NOTHING, *items)) if items else LIST
    if isinstance(value, str) and has_expr(value):
        return _inspect_text(value, key, scope, report)
    return from_value(value)


def _inspect_text(text: str, key: str, scope: Scope, report: Report) -> Type:
    try:
        parts = split_template(text)
        kinds = [_part_type(text, part.text, part.offset, scope) for part in parts if part.is_expr]
        compile_template(text, scope.names)
    except ExprError as error:
        report.add_error(error, key)
        return ANY
    return kinds[0] if len(parts) == 1 and kinds else TEXT


def _part_type(text: str, source: str, offset: int, scope: Scope) -> Type:
    try:
        return infer(parse(source), scope)
    except ExprError as error:
        raise shifted(error, text, offset) from None

"""Check what a step gives to an action, and what a trigger is given, against their schemas."""

import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from nexus.core.flow.infer import Scope
from nexus.core.flow.inspect import inspect_value
from nexus.core.flow.near import did_you_mean, listed
from nexus.core.flow.report import Report
from nexus.core.flow.template import has_expr
from nexus.core.flow.types import Type, from_schema, misfit
from nexus.core.model.action import Schema


def inspect_arguments(
    given: Mapping[str, Any], schema: Schema, key: str, scope: Scope, report: Report
) -> None:
    """Check the arguments of a call: none missing, none unknown, each of a type that fits."""
    inspect_names(given, schema, key, report)
    wanted = from_schema(schema)
    for name, value in given.items():
        place = f"{key}/{name}"
        found = inspect_value(value, place, scope, report)
        if why := misfit(found, wanted.at(name)):
            report.add(
                "wrong_type",
                f"`{name}` does not fit: {why}.",
                place,
                expected=_expected(schema, name, wanted.at(name)),
            )
        elif not holds_expr(value):
            inspect_constant(name, value, schema, place, report)


def inspect_names(given: Mapping[str, Any], schema: Schema, key: str, report: Report) -> None:
    """Check that every required name is given, and no unknown one."""
    known = schema.get("properties") or {}
    for name in schema.get("required") or ():
        if name not in given:
            hint = f"Add `{name}` under `with`."
            report.add(
                "missing_argument",
                f"`{name}` is missing.",
                key,
                hint=hint,
                expected=str(known.get(name, {}).get("description", "")).rstrip("."),
            )
    if schema.get("additionalProperties") is not False:
        return
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or (
                f"It takes {listed(known, 'and')}." if known else "It takes no arguments."
            )
            report.add(
                "unknown_argument", f"There is no argument `{name}`.", f"{key}/{name}", hint=hint
            )


def inspect_constant(name: str, value: Any, schema: Schema, key: str, report: Report) -> None:
    """Check a value without expressions against its part of the schema."""
    part = (schema.get("properties") or {}).get(name)
    if not isinstance(part, dict):
        return
    shared: dict[str, Any] = {
        word: schema[word] for word in ("$defs", "definitions") if word in schema
    }
    errors = jsonschema_rs.validator_for({**shared, **part}).iter_errors(value)
    for error in errors:
        inner = "/".join(map(str, error.instance_path))
        report.add(
            "wrong_value",
            f"`{name}` does not fit: {plain(error.message)}.",
            f"{key}/{inner}" if inner else key,
            expected=str(part.get("description", "")).rstrip("."),
        )
        return


def plain(message: str) -> str:
    """Return a validator's message without its technical quotes."""
    return re.sub(r'"([^"]{0,80})"', r"`\1`", message).rstrip(".")


def holds_expr(value: Any) -> bool:
    """Tell whether a value has an expression anywhere inside."""
    if isinstance(value, str):
        return has_expr(value)
    if isinstance(value, dict):
        return any(map(holds_expr, value.values()))
    return isinstance(value, list) and any(map(holds_expr, value))


def _expected(schema: Schema, name: str, wanted: Type) -> str:
    part = (schema.get("properties") or {}).get(name)
    words = part.get("description", "") if isinstance(part, dict) else ""
    return str(words).rstrip(".") or str(wanted)

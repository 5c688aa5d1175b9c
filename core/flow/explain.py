"""Say in words what a schema validator found, with its place in the document."""

from typing import Any

from nexus.core.flow.document import Document, Path
from nexus.core.flow.language import kinds, unbuilt
from nexus.core.flow.near import did_you_mean, listed
from nexus.core.flow.values import KINDS
from nexus.core.model.flow import Place
from nexus.core.model.problem import Problem

NOWHERE = Place(line=1, column=1)
TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "yes or no",
    "array": "a list", "object": "a map", "null": "nothing",
}  # fmt: skip


def place_of(document: Document, path: Path) -> Place:
    """Return where the value of a path begins: at its key when it has one."""
    return document.keys.get(path) or document.places.get(path) or NOWHERE


def step_of(path: Path) -> str:
    """Return the id of the innermost step that a path lies in, or an empty text."""
    step = ""
    for index, part in enumerate(path):
        if part in ("with", "set", "when", "then"):
            break
        inside = path[index - 1] in ("do", "try", "timed_out", "route")
        if isinstance(part, int) and inside and index + 1 < len(path):
            step = str(path[index + 1])
    return step


# What the schema describes is the whole step there, not what is missing or too much.
UNDESCRIBED = frozenset(
    {"unknown_field", "missing_field", "unknown_kind", "several_kinds", "missing_kind"}
)


def explain(error: Any, document: Document) -> Problem:
    """Turn one error of the validator into a problem for a person."""
    path: Path = tuple(error.absolute_path)
    code, title, at, hint = EXPLAIN.get(error.validator, _explain_value)(error, path)
    expected = "" if code in UNDESCRIBED else str(error.schema.get("description", ""))
    return Problem(
        code=code,
        title=title,
        expected=expected or _expected(error),
        hint=hint,
        file=document.file,
        step=step_of(at),
        line=place_of(document, at).line,
        column=place_of(document, at).column,
    )


Words = tuple[str, str, Path, str]


def _expected(error: Any) -> str:
    if error.validator != "type":
        return ""
    wanted = error.validator_value
    return " or ".join(TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))


def _name(path: Path) -> str:
    named = [part for part in path if isinstance(part, str)]
    return f"`{named[-1]}`" if named else "This document"


def _explain_type(error: Any, path: Path) -> Words:
    found = TYPES[KINDS.get(type(error.instance), "null")]
    return "wrong_type", f"{_name(path)} cannot be {found}.", path, ""


def _explain_extra(error: Any, path: Path) -> Words:
    known = error.schema.get("properties", {})
    name = next(key for key in error.instance if key not in known)
    hint = did_you_mean(name, known) or f"Known here: {listed(sorted(known), 'and')}."
    return "unknown_field", f"`{name}` is not known here.", (*path, name), hint


def _explain_missing(error: Any, path: Path) -> Words:
    name = next(key for key in error.validator_value if f"'{key}' is" in error.message)
    return "missing_field", f"{_name(path)} needs `{name}`.", path, ""


def _explain_either(error: Any, path: Path) -> Words:
    found = [
        name for name in kinds() if isinstance(error.instance, dict) and name in error.instance
    ]
    if error.schema.get("properties"):
        return "wrong_value", "A case has either `if` or `else`.", path, ""
    if found:
        title = f"A step has one kind, and this one has {listed(found, 'and')}."
        return "several_kinds", title, path, "Make it several steps."
    return _explain_kind(error, path)


def _explain_kind(error: Any, path: Path) -> Words:
    built = [name for name in kinds() if name not in unbuilt()]
    attributes = {
        "if",
        "title",
        "retry",
        "timeout",
        "connection",
        "with",
        "as",
        "at",
        "do",
        "catch",
        "undo",
        "on_error",
    }
    written = [key for key in error.instance if key not in attributes]
    hint = f"The kinds are {listed(built, 'and')}."
    if not written:
        return "missing_kind", "This step does not say what it does.", path, hint
    name = written[0]
    hint = did_you_mean(name, built) or hint
    return "unknown_kind", f"`{name}` is not a kind of step.", (*path, name), hint


def _explain_one_key(error: Any, path: Path) -> Words:
    if "for" in error.schema.get("properties", {}):
        return "wrong_value", "A wait has `for`, `until` or `business_days`.", path, ""
    if path and isinstance(path[-1], int):
        hint = "Write the step's fields under its id, indented, and each step as its own item."
        return "wrong_value", "A step is one id with its fields under it.", path, hint
    return _explain_value(error, path)


def _explain_value(error: Any, path: Path) -> Words:
    if "propertyNames" in error.absolute_schema_path:
        title = f"`{str(error.instance)[:60]}` is not a name that may stand here."
        return "bad_name", title, (*path, error.instance), ""
    shown = str(error.instance)
    short = f"`{shown[:60]}`" if isinstance(error.instance, str | int | float) else "This"
    return "wrong_value", f"{short} cannot be the value of {_name(path)}.", path, ""


EXPLAIN = {
    "type": _explain_type,
    "additionalProperties": _explain_extra,
    "required": _explain_missing,
    "oneOf": _explain_either,
    "minProperties": _explain_one_key,
    "maxProperties": _explain_one_key,
}

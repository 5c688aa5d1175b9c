"""Check a document against schemas/flow.schema.json, and say in words what does not fit.

The fast validator answers yes or no; only a document with a mistake loads the explaining one.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from nexus.core.flow.document import Document, Path
from nexus.core.flow.near import did_you_mean, listed
from nexus.core.model.flow import Place
from nexus.core.model.problem import Problem

NOWHERE = Place(line=1, column=1)
TYPES = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "yes or no",
    "array": "a list", "object": "a map", "null": "nothing",
}  # fmt: skip


@cache
def flow_schema() -> dict[str, Any]:
    """Return the JSON Schema of flow documents."""
    text = files("nexus").joinpath("schemas/flow.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def kinds() -> tuple[str, ...]:
    """Return every step kind of the language, built or not."""
    return tuple(case["required"][0] for case in flow_schema()["$defs"]["body"]["oneOf"])


@cache
def unbuilt() -> frozenset[str]:
    """Return the kinds and attributes that the language has and this release does not run."""
    defs = flow_schema()["$defs"]
    return frozenset(name for name, part in defs.items() if part.get("x-built") is False)


@cache
def _fast() -> Any:
    return jsonschema_rs.validator_for(flow_schema())


@cache
def _explaining() -> Any:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - loads for mistakes only

    return Draft202012Validator(flow_schema())


def check_document(document: Document) -> list[Problem]:
    """Return what does not fit the language, in the order of the document."""
    found = list(_not_built(document))
    if not _fast().is_valid(document.value):
        found += _mistakes(document, [path for _, path in found])
    unique = {(p.line, p.column, p.title): p for p, _ in found}
    return sorted(unique.values(), key=lambda problem: (problem.line, problem.column))


def _mistakes(document: Document, passed: list[Path]) -> Iterator[tuple[Problem, Path]]:
    """Explain each error, but none inside a step whose very kind is in doubt."""
    errors = [
        (tuple(error.absolute_path), error) for error in _explaining().iter_errors(document.value)
    ]
    doubtful = [path for path, error in errors if _is_kind_error(error)]
    for path, error in errors:
        if _lies_in(path, passed) or (_lies_in(path, doubtful) and not _is_kind_error(error)):
            continue
        if error.validator != "oneOf" or isinstance(error.instance, dict):
            yield _explain(error, document), path


def _is_kind_error(error: Any) -> bool:
    return (
        error.validator == "oneOf"
        and isinstance(error.instance, dict)
        and "properties" not in error.schema
    )


def _lies_in(path: Path, places: list[Path]) -> bool:
    return any(path[: len(place)] == place for place in places)


def place_of(document: Document, path: Path) -> Place:
    """Return where the value of a path begins: at its key when it has one."""
    return document.keys.get(path) or document.places.get(path) or NOWHERE


def step_of(path: Path) -> str:
    """Return the id of the innermost step that a path lies in, or an empty text."""
    step = ""
    for index, part in enumerate(path):
        if part in ("with", "set"):
            break
        if isinstance(part, int) and path[index - 1] in ("do", "try") and index + 1 < len(path):
            step = str(path[index + 1])
    return step


def walk_steps(value: Any, path: Path = ()) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Walk every step of a document that may not be well formed: path, id and body."""
    for key in ("do", "try", "catch", "switch"):
        part = value.get(key)
        if isinstance(part, dict):
            yield from walk_steps(part, (*path, key))
        if not isinstance(part, list):
            continue
        for index, item in enumerate(part):
            if not isinstance(item, dict):
                continue
            if key == "switch":
                yield from walk_steps(item, (*path, key, index))
                continue
            for name, body in item.items():
                if isinstance(body, dict):
                    yield (*path, key, index, name), name, body
                    yield from walk_steps(body, (*path, key, index, name))


def _not_built(document: Document) -> Iterator[tuple[Problem, Path]]:
    value = document.value
    if not isinstance(value, dict):
        return
    if "concurrency" in value:
        yield _refuse_unbuilt(document, ("concurrency",), "concurrency"), ("concurrency",)
    triggers = value.get("trigger")
    for index, start in enumerate(triggers if isinstance(triggers, list) else []):
        if isinstance(start, dict) and "if" in start:
            path: Path = ("trigger", index, "if")
            hint = "Write the condition under the flow's own `if`."
            yield _refuse_unbuilt(document, path, "if", "`if` on a trigger", hint), path
    for path, step, body in walk_steps(value):
        for name in sorted(unbuilt() & body.keys()):
            where = path if name in kinds() else (*path, name)
            yield _refuse_unbuilt(document, (*path, name), name, step=step), where


def _refuse_unbuilt(
    document: Document, path: Path, name: str, title: str = "", hint: str = "", step: str = ""
) -> Problem:
    built = listed((kind for kind in kinds() if kind not in unbuilt()), "and")
    return Problem(
        code="not_built",
        title=f"{title or f'`{name}`'} is not built yet.",
        hint=hint or (f"The kinds that run today are {built}." if name in kinds() else ""),
        file=document.file,
        step=step,
        **_line(place_of(document, path)),
    )


def _line(place: Place) -> dict[str, Any]:
    return {"line": place.line, "column": place.column}


# What the schema describes is the whole step there, not what is missing or too much.
UNDESCRIBED = frozenset(
    {"unknown_field", "missing_field", "unknown_kind", "several_kinds", "missing_kind"}
)


def _explain(error: Any, document: Document) -> Problem:
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
        **_line(place_of(document, at)),
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
    found = TYPES[_type_of(error.instance)]
    return "wrong_type", f"{_name(path)} cannot be {found}.", path, ""


def _type_of(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return {str: "string", list: "array", dict: "object"}.get(type(value), "number")


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
        return "wrong_value", "A wait has either `for` or `until`.", path, ""
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

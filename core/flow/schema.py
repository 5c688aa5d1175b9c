"""Check a document against schemas/flow.schema.json, and say in words what does not fit.

The fast validator answers yes or no; only a document with a mistake loads the explaining one.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from nexus.core.flow.document import Document, Path
from nexus.core.flow.explain import explain, place_of
from nexus.core.flow.language import flow_schema, kinds, unbuilt
from nexus.core.flow.near import listed
from nexus.core.model.problem import Problem

MAX_PROBLEMS = 100  # more would help nobody, and a hostile document could have a million


@cache
def _fast() -> Any:
    return jsonschema_rs.validator_for(flow_schema())


def explaining(schema: dict[str, Any]) -> Any:
    """Return the validator that says what does not fit a schema."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - loads for mistakes only
    from jsonschema.validators import extend  # noqa: PLC0415

    return extend(Draft202012Validator, {"pattern": _pattern})(schema)  # type: ignore[no-untyped-call]  # it has no types


@cache
def _explaining() -> Any:
    return explaining(flow_schema())


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[Any]:
    """Hold a text against a pattern as JSON Schema means it: `$` is the very end.

    Python's `$` also stands before a last line break, and would find nothing to explain.
    """
    from jsonschema import ValidationError  # noqa: PLC0415 - loads for mistakes only

    if isinstance(value, str) and not re.search(re.sub(r"\$\Z", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def check_document(document: Document) -> list[Problem]:
    """Return what does not fit the language, in the order of the document."""
    found = list(islice(_not_built(document), MAX_PROBLEMS))
    if not _fast().is_valid(document.value):
        found += _mistakes(document, [path for _, path in found])
    unique = {(p.line, p.column, p.title): p for p, _ in found}
    return sorted(unique.values(), key=lambda problem: (problem.line, problem.column))


def _mistakes(document: Document, passed: list[Path]) -> Iterator[tuple[Problem, Path]]:
    """Explain each error, but none inside a step whose very kind is in doubt."""
    errors = [
        (tuple(error.absolute_path), error)
        for error in islice(_explaining().iter_errors(document.value), MAX_PROBLEMS)
    ]
    doubtful = [path for path, error in errors if _is_kind_error(error)]
    for path, error in errors:
        if _lies_in(path, passed) or (_lies_in(path, doubtful) and not _is_kind_error(error)):
            continue
        if error.validator != "oneOf" or isinstance(error.instance, dict):
            yield explain(error, document), path


def _is_kind_error(error: Any) -> bool:
    return (
        error.validator == "oneOf"
        and isinstance(error.instance, dict)
        and "properties" not in error.schema
    )


def _lies_in(path: Path, places: list[Path]) -> bool:
    return any(path[: len(place)] == place for place in places)


def walk_steps(value: Any, path: Path = ()) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Walk every step of a document that may not be well formed: path, id and body."""
    for key in ("do", "try", "catch", "switch", "timed_out", "on_error", "route"):
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
        has_kind = not body.keys().isdisjoint(kinds())
        for name in sorted(unbuilt() & body.keys()):
            where = path if name in kinds() or not has_kind else (*path, name)
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
        line=place_of(document, path).line,
        column=place_of(document, path).column,
    )

"""From the text of a decision table to a Table that fits schemas/decision.schema.json."""

import json
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

import jsonschema_rs

from nexus.core.flow.document import Document, Path, read_document
from nexus.core.flow.explain import explain
from nexus.core.flow.parts import condition_of, humanize
from nexus.core.flow.schema import MAX_PROBLEMS, explaining
from nexus.core.model.decision import Rule, Table
from nexus.core.model.flow import Place
from nexus.core.model.problem import Problem, Refused


@cache
def decision_schema() -> dict[str, Any]:
    """Return the JSON Schema of decision tables."""
    text = files("nexus").joinpath("schemas/decision.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _fast() -> Any:
    return jsonschema_rs.validator_for(decision_schema())


def read_table(source: bytes | str, file: str = "") -> Table:
    """Read a decision table in YAML or JSON.

    Raises:
        Refused: With every problem found, each with file, line and column.
    """
    document = read_document(source, file)
    if problems := _mistakes(document):
        raise Refused(*problems)
    value = document.value
    return Table(
        id=value["id"],
        name=value.get("name") or humanize(value["id"]),
        description=value.get("description", ""),
        hit=value.get("hit", "unique"),
        inputs=value.get("inputs") or {},
        outputs=value["outputs"],
        rules=tuple(map(_rule, value["rules"])),
        otherwise=value.get("else"),
        places=_places(document),
        file=file,
        source=source if isinstance(source, str) else source.decode(),
    )


def _mistakes(document: Document) -> list[Problem]:
    if _fast().is_valid(document.value):
        return []
    errors = islice(explaining(decision_schema()).iter_errors(document.value), MAX_PROBLEMS)
    return sorted((explain(one, document) for one in errors), key=lambda p: (p.line, p.column))


def _rule(written: dict[str, Any]) -> Rule:
    return Rule(
        when=written.get("when") or {},
        then=written["then"],
        condition=condition_of(written),
        note=written.get("note", ""),
    )


def _places(document: Document) -> dict[str, Place]:
    """Return where each value stands, under its path: `/rules/0/when/attempts`."""
    top: Path = ()
    return {"".join(f"/{part}" for part in path): at for path, at in document.under(top)}

"""Describe the REST API by OpenAPI 3.1, from its declared routes and shapes.

`python -m nexus.ui.openapi` writes schemas/openapi.json; a test says whether it is current.
"""

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from nexus.ui import api as _declared  # noqa: F401 - importing the API declares its routes
from nexus.ui.api.route import DOCUMENT_TYPES, JSON, ROUTES, Route, Text
from nexus.ui.api.shapes import Problem
from nexus.ui.api.write import SCHEMAS
from nexus.ui.door import KNOWN

FILE = Path(__file__).parents[1] / "schemas" / "openapi.json"
REFERENCE = "#/components/schemas/{name}"
PROBLEM = "application/problem+json"
FLOW = {"type": "object", "description": "A flow: see schemas/flow.schema.json."}
Json = dict[str, Any]


def describe() -> Json:
    """Return the whole document."""
    kinds = [kind for one in ROUTES for kind in (_answer(one), *_structs(one))]
    schemas, components = msgspec.json.schema_components(
        [*kinds, Problem], schema_hook=SCHEMAS.__getitem__, ref_template=REFERENCE
    )
    known = dict(zip(map(repr, [*kinds, Problem]), schemas, strict=True))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Nexus",
            "version": "1",
            "description": "The verbs of Nexus for machines. Errors are RFC 9457 problems.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": _paths(known),
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": _problem(known), "TooMany": _too_many(known)},
        },
    }


def _paths(known: Json) -> Json:
    paths: Json = {}
    for one in ROUTES:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, known)
    return paths


def _operation(one: Route, known: Json) -> Json:
    content = _content(one, known)
    about = {
        "operationId": one.name,
        "summary": (one.handler.__doc__ or "").strip().splitlines()[0],
        "x-needs": ".".join(one.needs) if one.needs[0] != KNOWN else KNOWN,
        "tags": [one.path.split("/")[1].partition(".")[0]],
        "parameters": [*_path_parameters(one), *_query_parameters(one)],
        "responses": {
            str(one.status): {"description": "Done.", **({"content": content} if content else {})},
            "429": {"$ref": "#/components/responses/TooMany"},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    return about | _request(one, known)


def _content(one: Route, known: Json) -> Json:
    if one.answer is type(None):
        return {}
    if one.answer is Text:
        return {DOCUMENT_TYPES[0]: {"schema": FLOW}}
    return {JSON: {"schema": known[repr(one.answer)]}}


def _request(one: Route, known: Json) -> Json:
    """Return the body that a route reads, if any."""
    content: Json = {}
    if "body" in one.reads:
        content = {JSON: {"schema": known[repr(one.reads["body"])]}}
    elif "data" in one.reads:
        content = {JSON: {"schema": {"description": "The event's data: any JSON."}}}
    elif "document" in one.reads:
        content = {kind: {"schema": FLOW} for kind in DOCUMENT_TYPES}
    return {"requestBody": {"required": True, "content": content}} if content else {}


def _path_parameters(one: Route) -> list[Json]:
    schema = {"type": "string", "minLength": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in re.findall(r"{(\w+)}", one.path)
    ]


def _query_parameters(one: Route) -> list[Json]:
    if "query" not in one.reads:
        return []
    (_,), found = msgspec.json.schema_components([one.reads["query"]])
    (schema,) = found.values()
    return [
        {"name": name, "in": "query", "schema": each} for name, each in schema["properties"].items()
    ]


def _structs(one: Route) -> list[Any]:
    return [one.reads["body"]] if "body" in one.reads else []


def _answer(one: Route) -> Any:
    return str if one.answer in (Text, type(None)) else one.answer


def _problem(known: Json) -> Json:
    several = {"problems": {"type": "array", "items": known[repr(Problem)]}}
    schema = {"allOf": [known[repr(Problem)], {"type": "object", "properties": several}]}
    return {"description": "It was refused.", "content": {PROBLEM: {"schema": schema}}}


def _too_many(known: Json) -> Json:
    retry = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    return _problem(known) | {
        "description": "It came too often from this address or by this token.",
        "headers": {"Retry-After": retry},
    }


def text() -> str:
    """Return the document as it is committed."""
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")

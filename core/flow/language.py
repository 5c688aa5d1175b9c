"""The language as its JSON Schema tells it: schemas/flow.schema.json, its kinds and attributes."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


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

"""Read the schemas of settings, which are written by people and may hold anything."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs


def validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Return what checks a value. A schema that names another place never makes us go there.

    Raises:
        ValueError: The schema is not a JSON Schema that stands on its own.
    """
    return jsonschema_rs.Draft202012Validator(dict(schema), offline=True)


def explained(error: ValueError) -> str:
    """Return what is wrong with a schema in one line."""
    message = str(getattr(error, "message", error)).partition("\n")[0]
    if "Retrieval is disabled" in message:
        return "It refers to another document, and those are not fetched."
    return f"{message.rstrip('.')}."


def misshapen(schemas: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names whose schema is none, each with what is wrong with it."""
    for name, schema in schemas.items():
        try:
            validator(schema)
        except ValueError as error:
            yield name, explained(error)

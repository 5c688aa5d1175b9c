"""The parts of a step or flow as written, and names as people read them."""

from collections.abc import Mapping
from typing import Any

from nexus.core.flow.words import RESERVED

ATTRIBUTES = frozenset({"if", "title", "retry", "timeout", "connection", "undo", "on_error"})
CALL_ONLY = ("retry", "timeout", "connection", "undo")
LANES = frozenset({"switch", "do", "try", "timed_out"})
# These stand for something else in expressions, so a step of that name would confuse.
TAKEN = RESERVED | {"event", "steps", "settings", "run", "error", "item", "index"}


def condition_of(body: Mapping[str, Any]) -> str | None:
    """Return the `if` of something as a text."""
    written = body.get("if")
    return str(written).lower() if isinstance(written, bool) else written


def own_fields(body: dict[str, Any]) -> dict[str, Any]:
    """Return the kind's own fields as written, without attributes and nested steps."""
    own = {key: value for key, value in body.items() if key not in ATTRIBUTES | LANES}
    if "catch" in own:
        own["catch"] = {key: value for key, value in own["catch"].items() if key != "do"}
    return own


def humanize(name: str) -> str:
    """Turn an id into words: `find_client` reads `Find client`."""
    words = name.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]

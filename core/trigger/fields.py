"""Read what a hook's data names: `header:X-GitHub-Delivery`, `body:data.object.id`."""

import re
from collections.abc import Mapping
from typing import Any

PLACE = re.compile(r"\{([^}]+)\}")
LONGEST = 190


def field(place: str, headers: Mapping[str, str], data: Any) -> str:
    """Return the text at a place; empty when nothing is there or it is no plain value."""
    where, _, path = place.partition(":")
    if where == "header":
        return headers.get(path.lower(), "")[:LONGEST]
    value = data
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)[:LONGEST]


def fill(template: str, headers: Mapping[str, str], data: Any) -> str:
    """Fill a template's places; a dot before an empty place falls away."""
    if "{" not in template:
        return template
    parts = PLACE.sub(lambda found: field(found[1], headers, data), template).split(".")
    return ".".join(part for part in parts if part)[:LONGEST]


def dedupe(places: tuple[str, ...], headers: Mapping[str, str], data: Any) -> str | None:
    """Return what identifies this delivery; None when nothing does, so that it is always new."""
    parts = [field(place, headers, data) for place in places]
    return "|".join(parts) if any(parts) else None

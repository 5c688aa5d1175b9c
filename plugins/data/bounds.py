"""How much a data action takes and gives, and how it reads a field of an item."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from nexus import Refuse

MAX_ITEMS = 10_000
MAX_TEXT = 1_000_000
MAX_DEPTH = 32

Item = dict[str, Any]
Items = Annotated[list[Item], msgspec.Meta(max_length=MAX_ITEMS)]
Values = Annotated[list[Any], msgspec.Meta(max_length=MAX_ITEMS)]
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
Short = Annotated[str, msgspec.Meta(max_length=200)]
Fields = Annotated[list[Short], msgspec.Meta(max_length=100)]
Names = Annotated[dict[Short, Short], msgspec.Meta(max_length=100)]


class List(msgspec.Struct):
    """A list of maps.

    Attributes:
        items: The items.
        count: How many there are.
    """

    items: list[Item]
    count: int


def listed(items: Iterable[Item]) -> List:
    """Return items as an action gives them.

    Raises:
        Refuse: There are too many.
    """
    found = []
    for item in items:
        found.append(item)
        if len(found) > MAX_ITEMS:
            raise too_much(f"This makes more than {MAX_ITEMS:,} items.")
    return List(items=found, count=len(found))


def too_much(words: str) -> Refuse:
    """Return the refusal of what is larger than an action handles."""
    hint = "Work on a part of it: `data.limit` or `data.batch` and a `for` step."
    return Refuse(words, code="too_much", hint=hint, sent=False)


def bad(code: str, words: str, hint: str = "") -> Refuse:
    """Return the refusal of what cannot be understood."""
    return Refuse(words, code=code, hint=hint, sent=False)


def bounded(text: str) -> str:
    """Return a text that an action made.

    Raises:
        Refuse: It is too long.
    """
    if len(text) > MAX_TEXT:
        raise too_much(f"This makes a text of more than {MAX_TEXT:,} characters.")
    return text


def at(item: Any, path: str) -> Any:
    """Return what stands at `a.b.0` in an item; what is missing is null."""
    if isinstance(item, dict) and path in item:
        return item[path]
    for part in path.split("."):
        if isinstance(item, dict):
            item = item.get(part)
        elif isinstance(item, list) and part.isdigit() and int(part) < len(item):
            item = item[int(part)]
        else:
            return None
    return item


def mark(value: Any) -> Any:
    """Return something by which equal values are known, 1 and true apart."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return (value,)
    if isinstance(value, int | float):
        return (0, value)
    return (1, json.dumps(value, sort_keys=True))


def rank(value: Any) -> tuple[int, Any]:
    """Return what sorts any two values: numbers, texts, yes/no, the rest; nothing comes last."""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, int | float):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return (4, "") if value is None else (3, json.dumps(value, sort_keys=True))

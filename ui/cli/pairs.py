"""Read `name=value` words: a value is JSON when it can be, else text."""

import json
from collections.abc import Iterable
from typing import Any

import click


def read_pairs(words: Iterable[str]) -> dict[str, Any]:
    """Return the words as a mapping.

    Raises:
        BadParameter: A word has no `=`, or a name stands there twice.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"{word!r} is not written name=value.")
        if name in found:
            raise click.BadParameter(f"{name!r} is given twice.")
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=str)
    except ValueError:
        return text

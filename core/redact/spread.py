"""A secret that was cut over neighbouring texts: `{"a": "s3cr", "b": "et"}` holds one too."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

LEAST_BONES = 12
LEAST_STUMP = 6
SIGNS = re.compile(r"[\W_]+")
Span = tuple[int, int]


def leaves(value: Any) -> list[str]:
    """Return every text of a value in reading order, the names of fields left out."""
    found: list[str] = []
    _collect((value,), found.append)
    return found


def joined(value: Any) -> bytes:
    """Return every text of a value, one after another."""
    return "".join(leaves(value)).encode("utf-8", "surrogatepass")


def _collect(values: Iterable[Any], keep: Callable[[str], None]) -> None:
    for one in values:
        kind = type(one)  # every event passes here: this is half of what `isinstance` costs
        if kind is str:
            keep(one)
        elif kind is dict:
            _collect(one.values(), keep)
        elif kind is list or kind is tuple:
            _collect(one, keep)


def cut(value: Any, sizes: list[int], spans: list[Span], hidden: str) -> Any:
    """Return the value with every text hidden that one of the spans touches.

    `sizes` are the lengths of the texts in bytes; the spans count over all of them joined.
    """
    return _replace(value, iter(_touched(sizes, spans)), hidden)


def _touched(sizes: list[int], spans: list[Span]) -> Iterator[bool]:
    end = 0
    for size in sizes:
        start, end = end, end + size
        yield size > 0 and any(first < end and last > start for first, last in spans)


def _replace(value: Any, touched: Iterator[bool], hidden: str) -> Any:
    if isinstance(value, str):
        return hidden if next(touched) else value
    if isinstance(value, dict):
        return {name: _replace(one, touched, hidden) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(one, touched, hidden) for one in value]
    return value


def skeleton(text: str) -> str:
    """Return only the letters and digits of a text, so that signs between them hide nothing."""
    return SIGNS.sub("", text)


def bones_of(secret: str) -> str:
    """Return a secret's letters and digits; empty when they are too few to mean anything."""
    bones = skeleton(secret)
    return bones if len(bones) >= LEAST_BONES else ""


def hide_stump(text: str, secrets: Iterable[str], hidden: str) -> str:
    """Hide the beginning of a secret at the very end of a text that was cut short."""
    end = text.rstrip(" .…\"'")
    for secret in secrets:
        if secret[:LEAST_STUMP] in end[-len(secret) :]:
            at = end.rindex(secret[:LEAST_STUMP])
            if secret.startswith(end[at:]):
                return f"{text[:at]}{hidden}"
    return text

"""Colour a flow document for reading: keys, comments and `{{ }}` on numbered lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LINE = re.compile(r"(?P<lead>\s*(?:- )*)(?P<key>[\w.-]+:(?=\s|$))?(?P<rest>.*)")
PART = re.compile(r"(?P<hole>\{\{.*?\}\})|(?P<comment>(?<!\S)#.*)")


@dataclass(frozen=True, slots=True)
class Token:
    """A bit of a line; `kind` is `plain`, `key`, `hole` or `comment`."""

    kind: str
    text: str


def lines(source: str) -> list[list[Token]]:
    """Split a document into lines of coloured tokens; joined they are the document again."""
    return [[token for token in _line(line) if token.text] for line in source.splitlines()]


def _line(line: str) -> Iterator[Token]:
    found = LINE.fullmatch(line)
    if found is None:
        yield Token("plain", line)
        return
    yield Token("plain", found["lead"])
    yield Token("key", found["key"] or "")
    yield from _rest(found["rest"])


def _rest(text: str) -> Iterator[Token]:
    end = 0
    for part in PART.finditer(text):
        yield Token("plain", text[end : part.start()])
        yield Token("hole" if part["hole"] else "comment", part.group())
        end = part.end()
    yield Token("plain", text[end:])

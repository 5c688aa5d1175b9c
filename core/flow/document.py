"""Read strict YAML 1.2 (and so JSON) into plain values, keeping where each value stands.

Only JSON's types exist here. Whatever could surprise a person or hurt the machine is refused with
its line and column: aliases, tags, duplicate keys, NaN, several documents, deep or large ones.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from nexus.core.flow.scalars import read_scalar
from nexus.core.model.flow import Place
from nexus.core.model.problem import Problem, Refused

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_VALUES = 20_000  # what a machine reads in a blink; people write a few hundred

Path = tuple[str | int, ...]

FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
# JSON writes an emoji as two escapes, which YAML does not know; an escaped backslash is passed by.
PAIR = re.compile(r"\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Around(Place):
    """Where a text of several lines begins; no column inside it can be told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document's plain value. `places` says where the value (and the key) of a path stands.

    The place of a text that fits one line is its first character, inside any quotes.
    """

    value: Any
    file: str = ""
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def under(self, path: Path) -> Iterator[tuple[Path, Place]]:
        """Walk the places of a value and of everything inside it."""
        if path not in self.places:
            return
        yield path, self.places[path]
        value = self.value
        for part in path:
            value = value[part]
        for part in _inner_keys(value):
            yield from self.under((*path, part))


def _inner_keys(value: Any) -> Iterable[str | int]:
    if isinstance(value, dict):
        return value.keys()
    return range(len(value)) if isinstance(value, list) else ()


def read_document(source: bytes | str, file: str = "") -> Document:
    """Read one document.

    Raises:
        Refused: With the line and column of the first thing that cannot be accepted.
    """
    text = _decode(source, file)
    document = Document(value=None, file=file)
    try:
        value = _Composer(text, document).compose()
    except yaml.YAMLError as error:
        raise Refused(_explain(error, text, file)) from None
    return Document(value=value, file=file, places=document.places, keys=document.keys)


def _decode(source: bytes | str, file: str) -> str:
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BYTES:
        title = f"This document is larger than {MAX_BYTES // 1_000_000} MB."
        raise Refused(_problem("too_large", title, file, Place(line=1, column=1)))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _place_at(raw[: error.start].decode("utf-8", "replace"))
        hint = "Save the file as UTF-8 and send it again."
        raise Refused(
            _problem("not_utf8", "This document is not UTF-8 text.", file, place, hint=hint)
        ) from None
    text = text.removeprefix("\ufeff")
    return PAIR.sub(_join_pair, text) if text.lstrip()[:1] in ("{", "[") else text


def _join_pair(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    high, low = int(match[1], 16), int(match[2], 16)
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


def _place_at(before: str) -> Place:
    line = before.count("\n") + 1
    return Place(line=line, column=len(before) - (before.rfind("\n") + 1) + 1)


def _problem(code: str, title: str, file: str, place: Place, *, hint: str = "") -> Problem:
    return Problem(
        code=code, title=title, file=file, line=place.line, column=place.column, hint=hint
    )


class _Composer:
    """Turn libyaml's events into values; recursion is bounded by MAX_DEPTH."""

    def __init__(self, text: str, document: Document) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CBaseLoader)
        self._document = document

    def compose(self) -> Any:
        value = None
        seen = False
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if seen:
                raise self._refuse("several_documents", "Only one document may be here.", event)
            seen = True
            value = self._node(next(self._events), ())
        if not seen:
            place = Place(line=1, column=1)
            raise Refused(_problem("empty", "This document is empty.", self._document.file, place))
        return value

    def _node(self, event: Any, path: Path) -> Any:
        self._check(event, path)
        self._document.places[path] = _content_place(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(event)

    def _check(self, event: Any, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            title = "Anchors and aliases (`&name`, `*name`) are not used here."
            hint = "Write the value out in each place, or put quotes around a text with & or *."
            raise self._refuse("alias", title, event, hint)
        if event.tag is not None:
            title = f"Tags such as `{event.tag[:40]}` are not used here."
            hint = "Remove the tag, or put quotes around a text that starts with `!`."
            raise self._refuse("tag", title, event, hint)
        if len(self._document.places) >= MAX_VALUES:
            title = f"This document holds more than {MAX_VALUES:,} values."
            hint = "Let the event or a connection bring long lists."
            raise self._refuse("too_many_values", title, event, hint)
        if len(path) >= MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
            title = f"This document is nested more than {MAX_DEPTH} levels deep."
            raise self._refuse("too_deep", title, event)

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in found:
                first = self._document.keys[(*path, key)].line
                title = f"The key `{key}` stands here twice (first in line {first})."
                raise self._refuse("duplicate_key", title, event, "Keep one of the two.")
            self._document.keys[(*path, key)] = _content_place(event)
            found[key] = None
            found[key] = self._node(next(self._events), (*path, key))
        return found

    def _key(self, event: Any, path: Path) -> str:
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            title = "A key must be a text."
            hint = 'Put quotes around a value that has braces: "{{ … }}".'
            raise self._refuse("bad_key", title, event, hint)
        self._check(event, path)
        self._check_characters(event)
        return str(event.value)

    def _sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, (*path, len(found))))
        return found

    def _scalar(self, event: Any) -> Any:
        self._check_characters(event)
        if not event.implicit[0]:
            return event.value
        try:
            return read_scalar(event.value)
        except ValueError as error:
            hint = "Put quotes around it to keep it as a text."
            raise self._refuse("bad_number", str(error), event, hint) from None

    def _check_characters(self, event: Any) -> None:
        if FORBIDDEN.search(event.value):
            title = "A text holds a character that cannot be stored (NUL or half a surrogate pair)."
            raise self._refuse("bad_character", title, event)

    def _refuse(self, code: str, title: str, event: Any, hint: str = "") -> Refused:
        mark = event.start_mark
        place = Place(line=mark.line + 1, column=mark.column + 1)
        return Refused(_problem(code, title, self._document.file, place, hint=hint))


def _content_place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    line, column = start.line + 1, start.column + 1
    if not isinstance(event, yaml.ScalarEvent):
        return Place(line=line, column=column)
    if start.line != end.line:
        return Around(line=line, column=column)
    return Place(line=line, column=column + (event.style in ("'", '"')))


HINTS = (
    ("mapping values are not allowed", 'Put quotes around a text that has ": " in it.'),
    ("cannot start any token", "Indent with spaces, and put quotes around special characters."),
    ("could not find expected ':'", "A key needs a `:` after it, and a space after that."),
    (
        "did not find expected key",
        'Check the indentation, and quote values with braces: "{{ … }}".',
    ),
    ("did not find expected '-'", "Check the indentation: each item of a list starts with `- `."),
    ("unexpected end of stream", "A quote that opens here is never closed."),
    ("did not find expected ',' or", "A bracket or brace that opens before is never closed."),
    ("unknown escape", "Use single quotes, or double the backslash."),
)


def _explain(error: yaml.YAMLError, text: str, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        position = getattr(error, "position", 0)
        title = "A text holds a control character that cannot be stored."
        return _problem("bad_character", title, file, _place_at(text[:position]))
    found = str(getattr(error, "problem", "") or "it cannot be read")
    hint = next((hint for part, hint in HINTS if part in found), "")
    place = Place(line=mark.line + 1, column=mark.column + 1)
    return _problem("not_yaml", f"This is not valid YAML: {found}.", file, place, hint=hint)

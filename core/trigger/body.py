"""Read a webhook's body strictly: what two parsers could read differently is refused.

Comes after the signature check and before the event is made.
"""

import json
import re
from collections import Counter
from functools import lru_cache
from math import isinf
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from nexus.core.model.problem import Problem, Refused

LARGEST = 1_000_000
DEEPEST = 64
MOST_FIELDS = 1_000
FORM = "application/x-www-form-urlencoded"
INT64 = range(-(1 << 63), 1 << 63)

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # the closing quote may lack: linear
_NOT_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")
_SUSPECT = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse(raw: bytes, content_type: str, form_field: str = "") -> Any:
    """Return the body as plain JSON values.

    A form becomes a flat object of texts; when `form_field` is given, a form carries its JSON in
    that field and the field's value is returned instead. Whole numbers beyond 64 bits are kept
    as texts, so no digit is lost.

    Raises:
        Refused: 400, 413, 415 or 422, with what was expected.
    """
    kind = _kind(content_type)
    _check_size(raw)
    if kind == "json":
        return _json(raw)
    fields = _form(raw)
    if not form_field:
        return fields
    if form_field not in fields:
        raise _refused(400, "form_field_missing", f"The form has no field {form_field!r}.")
    return _json(fields[form_field].encode())


@lru_cache(maxsize=256)
def _kind(content_type: str) -> str:
    """Return `json` or `form`."""
    media, _, parameters = content_type.partition(";")
    media = media.strip().lower()
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]*)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise _refused(415, "charset", f"The body is sent as {charset[1][:40]!r}.", "charset utf-8")
    if media == "application/json" or re.fullmatch(r"application/[\w.!#$&^-]+\+json", media):
        return "json"
    if media == FORM:
        return "form"
    given = f"has the content type {media[:80]!r}" if media else "has no content type"
    raise _refused(415, "content_type", f"The body {given}.", f"application/json or {FORM}")


def _check_size(raw: bytes) -> None:
    if len(raw) > LARGEST:
        title = f"The body has {len(raw):,} bytes."
        raise _refused(413, "too_large", title, f"at most {LARGEST:,} bytes")
    if not raw.strip():
        raise _refused(400, "empty", "The body is empty.", "a JSON document")


def _json(raw: bytes) -> Any:
    _check_depth(raw)
    text = _text(raw)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        problem = Problem(
            code="not_json",
            title="The body is not valid JSON.",
            status=400,
            detail=f"{error.msg}.",
            line=error.lineno,
            column=error.colno,
            hint="Check that the sender sends JSON and that nothing cut it short.",
        )
        raise Refused(problem) from None
    if _SUSPECT.search(raw):
        _check_texts(value)
    return value


def _text(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        hint = "Save or send the JSON as UTF-8 without a BOM."
        raise _refused(
            400, "byte_order_mark", "The body starts with a byte order mark.", "UTF-8", hint
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        title = f"The body is not UTF-8: byte {error.start} is 0x{raw[error.start]:02x}."
        raise _refused(400, "not_utf8", title, "JSON in UTF-8") from None


def _check_depth(raw: bytes) -> None:
    """Refuse deep nesting before the parser, which recurses, sees it.

    What is left of the body without strings is brackets; each pass takes the innermost pairs
    away, so as many passes as levels leave nothing of a document that is not too deep.
    """
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    rest = _STRING.sub(b"", raw).translate(_SQUARE, _NOT_BRACKET)
    for _ in range(DEEPEST):
        before, rest = len(rest), rest.replace(b"[]", b"")
        if len(rest) == before:
            break
    if b"[]" in rest or rest.count(b"[") > DEEPEST:
        title = f"The body is nested more than {DEEPEST} levels deep."
        raise _refused(422, "too_deep", title, f"at most {DEEPEST} levels of lists and objects")


def _check_texts(value: Any) -> None:
    """Refuse texts that no database column or UTF-8 stream can hold."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            _check_storable(item)
        elif isinstance(item, dict):
            todo.extend(item)
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)


def _check_storable(text: str) -> None:
    found = _UNSTORABLE.search(text)
    if found:
        code = ord(found[0])
        name = "a NUL character" if code == 0 else f"half a character (U+{code:04X})"
        raise _refused(422, "unstorable_text", f"A text holds {name}.", "texts of whole characters")


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        hint = (
            f"At most {MOST_FIELDS:,} fields, percent-encoded as UTF-8. "
            "If this is JSON, send the header Content-Type: application/json."
        )
        raise _refused(
            400, "not_a_form", "The body is not a valid form.", "name=value&name=value", hint
        ) from None
    fields = _object(pairs)
    _check_texts(fields)
    return fields


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _refused(
            422, "duplicate_key", f"The key {twice[:80]!r} stands twice.", "each key once"
        )
    return made


def _integer(digits: str) -> int | str:
    if len(digits) < 19:
        return int(digits)
    if len(digits) > 20:
        return digits
    number = int(digits)
    return number if number in INT64 else digits


def _fraction(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise _refused(
            422, "number_too_large", f"The number {digits[:40]} is too large.", "a double"
        )
    return number


def _constant(name: str) -> NoReturn:
    raise _refused(
        400, "not_a_number", f"The body holds {name}, which is not JSON.", "a number or null"
    )


def _refused(status: int, code: str, title: str, expected: str = "", hint: str = "") -> Refused:
    return Refused(Problem(code=code, title=title, status=status, expected=expected, hint=hint))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)

"""Read the literals of an expression: numbers, and texts with their escapes."""

import re
from typing import Any

from nexus.core.flow.nodes import At, ExprError

MAX_INT = 10**18

ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL
)
LETTERS = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?",
}  # fmt: skip


def read_literal(token: Any, at: At) -> Any:
    """Return the value of a literal token."""
    text = str(token)
    match token.type:
        case "NULL_LIT":
            return None
        case "BOOL_LIT":
            return text == "true"
        case "INT_LIT":
            return _integer(text, at)
        case "FLOAT_LIT":
            return _float(text, at)
        case "STRING_LIT" | "MLSTRING_LIT":
            return _text(text, at)
    raise ExprError(f"`{text[:40]}` is a kind of value that does not exist here.", at)


def _integer(text: str, at: At) -> int:
    number = int(text, 16) if "x" in text else int(text)
    if not -MAX_INT < number < MAX_INT:
        raise ExprError(f"`{text[:40]}` is too large a number.", at)
    return number


def _float(text: str, at: At) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ExprError(f"`{text[:40]}` is too large a number.", at)
    return number


def _text(token: str, at: At) -> str:
    raw = token[0] in "rR"
    body = token[1:] if raw else token
    quotes = 3 if body[:3] in ('"""', "'''") else 1
    inside = body[quotes:-quotes]
    text = inside if raw else ESCAPE.sub(lambda match: _unescape(match, at), inside)
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ExprError("A text holds a character that cannot be stored.", at)
    return text


def _unescape(match: re.Match[str], at: At) -> str:
    for group, base in ((1, 16), (2, 16), (3, 16), (4, 8)):
        if match[group] is not None:
            code = int(match[group], base)
            if code > 0x10FFFF:
                break
            return chr(code)
    if match[5] in LETTERS:
        return LETTERS[match[5]]
    hint = 'Double the backslash, or write r"…".'
    raise ExprError(f"`{match[0]}` is not an escape that is known.", at, hint=hint)

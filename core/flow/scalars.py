"""What a bare word means in YAML 1.2: null, true, false, a number, or else a text."""

import re
from math import isinf
from typing import Any

MAX_INT = 2**63 - 1

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# 012 stays text: a postcode or an account number must not lose its zero.
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
BARE_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})


def read_scalar(text: str) -> Any:
    """Return the value that an unquoted word stands for.

    Raises:
        ValueError: For a number that JSON or 64 bits cannot hold; the text says which.
    """
    if text in NULLS:
        return None
    if text in BOOLS:
        return BOOLS[text]
    if NOT_FINITE.match(text) or text in BARE_NOT_FINITE:
        raise ValueError(f"`{text}` is not a number that JSON knows.")
    if INTEGER.match(text) or BASED.match(text):
        return _integer(text)
    return _float(text) if FLOAT.match(text) else text


def _integer(text: str) -> int:
    number = 0 if len(text) > 64 else int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if len(text) > 64 or not -MAX_INT - 1 <= number <= MAX_INT:
        raise ValueError("This whole number needs more than 64 bits.")
    return number


def _float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"`{text[:40]}` is too large a number.")
    return number

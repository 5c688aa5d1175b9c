"""Functions of expressions that work on texts."""

from functools import lru_cache
from typing import Any

import re2

from nexus.core.flow.nodes import At, ExprError
from nexus.core.flow.number_functions import whole
from nexus.core.flow.values import MAX_LIST, MAX_TEXT, to_text


@lru_cache(maxsize=256)
def compile_pattern(pattern: str, at: At = (1, 1)) -> Any:
    """Compile a pattern with RE2, which takes time in proportion to the text and no more.

    Raises:
        ExprError: When RE2 does not know the pattern, or it is too large.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise ExprError(f"`{pattern[:40]}` is not a pattern that is understood.", at) from None


def matches(text: str, pattern: str) -> bool:
    """Tell whether a pattern occurs in a text."""
    return compile_pattern(pattern).search(text) is not None


SMALL, LARGE = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TO_SMALL, TO_LARGE = str.maketrans(LARGE, SMALL), str.maketrans(SMALL, LARGE)


def lower(text: str) -> str:
    """Make A to Z small."""
    return text.translate(TO_SMALL)


def upper(text: str) -> str:
    """Make a to z large."""
    return text.translate(TO_LARGE)


def split(text: str, by: str) -> list[str]:
    """Cut a text at each place where `by` stands."""
    if not by:
        raise ExprError("`split` needs a text to split by.")
    return text.split(by, MAX_LIST + 1)


def join(items: list[Any], by: str = "") -> str:
    """Write items one after another with `by` between them."""
    texts, room = [], MAX_TEXT
    for item in items:
        texts.append(to_text(item))
        room -= len(texts[-1]) + len(by)
        if room < -len(by):
            raise ExprError(f"A text is longer than {MAX_TEXT // 1024} kB.")
    return by.join(texts)


def replace(text: str, old: str, new: str) -> str:
    """Write `new` wherever `old` stands."""
    if not old:
        raise ExprError("`replace` needs a text to look for.")
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise ExprError(f"A text is longer than {MAX_TEXT // 1024} kB.")
    return text.replace(old, new)


def substring(text: str, start: Any, end: Any = None) -> str:
    """Return a part of a text; places outside it do no harm."""
    begin = whole(start, "substring")
    return text[begin:] if end is None else text[begin : whole(end, "substring")]

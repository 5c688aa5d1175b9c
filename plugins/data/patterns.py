"""Patterns, by RE2: the time they take grows with the text and never explodes."""

from functools import lru_cache
from typing import Any

import re2

from nexus.plugins.data.bounds import bad


@lru_cache(maxsize=256)
def pattern(source: str) -> Any:
    """Compile a pattern.

    Raises:
        Refuse: RE2 does not understand it, or it is too large.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(source, options)
    except re2.error:
        hint = "It is an RE2 pattern: no look-around, no back-references."
        raise bad(
            "bad_pattern", f"`{source[:60]}` is not a pattern that is understood.", hint
        ) from None

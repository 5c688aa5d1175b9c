"""Find the name that was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, names: Iterable[str]) -> str:
    """Return the one name that looks most like `name`, or an empty text."""
    by_lower = {known.lower(): known for known in names}
    found = get_close_matches(name.lower()[:200], by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a hint that offers the near name, or an empty text."""
    found = near(name, names)
    return f"Did you mean `{found}`?" if found else ""


def listed(names: Iterable[str], word: str = "or") -> str:
    """Write names as people list them: `a`, `b` or `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {word} {quoted[-1]}"

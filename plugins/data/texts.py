"""Work on texts: split, join, replace, extract, slug, fill in, truncate."""

import json
import re
import unicodedata
from typing import Annotated, Any

import msgspec

from nexus import Context, action
from nexus.plugins.data.bounds import (
    MAX_ITEMS,
    Item,
    Short,
    Text,
    Values,
    at,
    bad,
    bounded,
    too_much,
)
from nexus.plugins.data.patterns import pattern as compiled

HOLE = re.compile(r"\{([A-Za-z0-9_.-]{1,200})\}")


class Made(msgspec.Struct):
    """A text.

    Attributes:
        text: The text.
    """

    text: str


class Parts(msgspec.Struct):
    """Pieces of a text.

    Attributes:
        parts: The pieces, in order.
        count: How many there are.
    """

    parts: list[str]
    count: int


class Found(msgspec.Struct):
    """What a pattern found.

    Attributes:
        found: Whether it found anything.
        first: What it found first: its group if it has one, else all of it.
        all: Everything that it found.
        groups: The named groups of the first.
    """

    found: bool
    first: str | None
    all: list[str]
    groups: dict[str, str | None]


@action(effect="pure", icon="scissors", sample={"parts": ["a", "b"], "count": 2})
def split_text(
    context: Context, text: Text, by: Short = "", pattern: Short = "", trim: bool = True
) -> Parts:
    """Cut a text into pieces.

    Args:
        text: The text.
        by: What stands between the pieces; lines if left out.
        pattern: An RE2 pattern of what stands between them, instead of `by`.
        trim: Take away space around each piece, and empty pieces.
    """
    cut = compiled(pattern).split(text) if pattern else text.split(by) if by else text.splitlines()
    parts = (
        [part.strip() for part in cut if part and part.strip()] if trim else [p or "" for p in cut]
    )
    if len(parts) > MAX_ITEMS:
        raise too_much(f"This makes more than {MAX_ITEMS:,} pieces.")
    return Parts(parts=parts, count=len(parts))


@action(effect="pure", icon="link", sample={"text": "a, b"})
def join_text(context: Context, values: Values, by: Short = ", ", field: Short = "") -> Made:
    """Write values one after another.

    Args:
        values: A list of texts, numbers, or maps.
        by: What stands between them.
        field: The field to take when they are maps.
    """
    chosen = (at(value, field) if field else value for value in values)
    return Made(text=bounded(by.join(written(value) for value in chosen if value is not None)))


@action(effect="pure", icon="pencil-line", sample={"text": "Order 17"})
def replace(
    context: Context, text: Text, find: Short, with_: Text = "", pattern: bool = False
) -> Made:
    """Put another text in the place of what is found, everywhere.

    Args:
        text: The text.
        find: What to look for.
        with_: What to put there; with a pattern, a backslash and 1 is its first group.
        pattern: Whether `find` is an RE2 pattern.
    """
    if not find:
        raise bad("bad_pattern", "There is nothing to look for.")
    if not pattern:
        _check_growth(text.count(find), len(with_), len(text))
        return Made(text=text.replace(find, with_))
    made = compiled(find)
    _check_growth(len(text) if len(with_) > 100 else 0, len(with_), len(text))
    try:
        return Made(text=bounded(made.sub(with_, text)))
    except Exception as error:  # noqa: BLE001 - re2 names a wrong group in words of its own
        raise bad("bad_pattern", f"`{with_[:60]}` cannot be put there: {error}.") from None


def _check_growth(times: int, each: int, length: int) -> None:
    """Refuse a text that would grow beyond all bounds before it is made."""
    if length + times * each > 20_000_000:
        raise too_much("This makes a text of more than 20,000,000 characters.")


@action(
    effect="pure",
    icon="search",
    sample={"found": True, "first": "17", "all": ["17"], "groups": {"number": "17"}},
)
def extract(context: Context, text: Text, pattern: Short) -> Found:
    """Find the parts of a text that look like a pattern.

    Args:
        text: The text.
        pattern: An RE2 pattern, like `INV-(?P<number>[0-9]+)`.
    """
    found: list[str] = []
    groups: dict[str, str | None] = {}
    for match in compiled(pattern).finditer(text):
        if not found:
            groups = match.groupdict()
        found.append(match[1] if match.re.groups and match[1] is not None else match[0])
        if len(found) > MAX_ITEMS:
            raise too_much(f"This finds more than {MAX_ITEMS:,} parts.")
    return Found(found=bool(found), first=found[0] if found else None, all=found, groups=groups)


@action(effect="pure", icon="tag", sample={"text": "cafe-creme"})
def slug(
    context: Context, text: Text, by: Annotated[str, msgspec.Meta(max_length=3)] = "-"
) -> Made:
    """Make a name for addresses and files: small letters, digits and dashes.

    Args:
        text: The text.
        by: What stands between the words.
    """
    plain = (
        unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    )
    return Made(text=by.join(re.findall(r"[a-z0-9]+", plain.lower())))


@action(effect="pure", icon="file-text", sample={"text": "Dear Ada, order 17 is ready."})
def template(context: Context, text: Text, data: Item, missing: Short = "") -> Made:
    """Fill `{name}` and `{customer.city}` in a text that comes from elsewhere.

    Args:
        text: The text with its places. `{{name}}` is no place, and stays.
        data: What is filled in.
        missing: What is written where there is nothing to fill in.
    """

    def fill(match: re.Match[str]) -> str:
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        if before == "{" and after == "}":
            return match[0]
        value = at(data, match[1])
        return missing if value is None else written(value)

    return Made(text=bounded(HOLE.sub(fill, text)))


@action(effect="pure", icon="scissors", sample={"text": "A long sto…"})
def truncate(
    context: Context,
    text: Text,
    length: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)],
    end: Short = "…",
    words: bool = True,
) -> Made:
    """Shorten a text that is too long.

    Args:
        text: The text.
        length: How many characters it has at most, the end included.
        end: What a shortened text ends in.
        words: Cut between words where there is a space.
    """
    if len(text) <= length:
        return Made(text=text)
    kept = text[: max(length - len(end), 0)]
    is_inside = text[len(kept) : len(kept) + 1].strip() != ""
    if words and is_inside and " " in kept.strip():
        kept = kept.rsplit(" ", 1)[0]
    return Made(text=(kept.rstrip() + end)[:length])


def written(value: Any) -> str:
    """Write a value as text: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""Say what may be wrong with an expression that the parser did not understand."""

import re

from nexus.core.flow.nodes import At

STRINGS = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')


def without_texts(source: str) -> str:
    """Return the source with every quoted text blanked out, each letter in its place."""
    return STRINGS.sub(lambda match: " " * len(match[0]), source)


def position(source: str, offset: int) -> At:
    """Return the line and column of a character."""
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def excerpt(source: str, at: At) -> str:
    """Return what stands at a place, short enough for a message."""
    line = source.split("\n")[at[0] - 1]
    rest = line[at[1] - 1 :].strip()
    return f"`{rest[:30]}{'…' if len(rest) > 30 else ''}`" if rest else "the end of the expression"


HINTS = (
    (re.compile(r"\{\{|\}\}"), "This is an expression already: write it without {{ }}."),
    (re.compile(r"(?<![=!<>])=(?!=)"), "To compare, write `==`."),
    (re.compile(r"\band\b", re.I), "Write `&&` for and."),
    (re.compile(r"\bor\b", re.I), "Write `||` for or."),
    (re.compile(r"\bnot\b", re.I), "Write `!` for not."),
    (re.compile(r"\bis\b", re.I), "To compare, write `==`."),
    (re.compile(r"\.(true|false)\b"), 'Write a field of that name in brackets: ["true"].'),
    (re.compile(r"[\u2018\u2019\u201c\u201d]"), "Use straight quotes: ' or \"."),
    (re.compile(r"\.\?"), "Missing data is null already: write `.` instead of `.?`."),
    (re.compile(r"&(?!&)(?<!&&)"), "Write `&&` for and."),
    (re.compile(r"[^\x00-\x7f]"), 'Write a field with other letters in brackets: ["naïve"].'),
)


def guess(source: str) -> str:
    """Return a hint for a mistake that is often made, or an empty text."""
    bare = without_texts(source)
    for pattern, hint in HINTS:
        if pattern.search(bare):
            return hint
    if bare.count("(") != bare.count(")"):
        return "Check that every `(` has its `)`."
    if "'" in bare or '"' in bare:
        return "Check that every quote is closed."
    return ""

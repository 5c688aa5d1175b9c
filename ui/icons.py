"""Which icons the sprite holds, and how each kind of step is drawn; the room of pages."""

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).parent / "static" / "vendor" / "lucide" / "sprite.svg"
FALLBACK = "box"
FAMILIES = frozenset({"trigger", "logic", "human", "ai", "money", "reach", "it", "data"})

# kind of step: (icon, family, what it is called)
KINDS = {
    "call": ("box", "it", "Action"),
    "set": ("pencil-line", "data", "Set values"),
    "switch": ("split", "logic", "Switch"),
    "for": ("repeat", "logic", "For each"),
    "try": ("shield", "logic", "Try"),
    "wait": ("hourglass", "logic", "Wait"),
    "decide": ("table-2", "logic", "Decision table"),
    "raise": ("octagon-alert", "logic", "Stop with an error"),
    "listen": ("radio", "logic", "Wait for an event"),
    "emit": ("megaphone", "logic", "Tell other flows"),
    "run": ("workflow", "logic", "Run another flow"),
}


@cache
def names() -> frozenset[str]:
    """Return every icon that the sprite holds."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text("utf-8")))


def known(name: str) -> str:
    """Return the icon to draw for a name that a module chose; an unknown one is a box."""
    return name if name in names() else FALLBACK


def family(name: str) -> str:
    """Return the colour family to draw for a name that a module chose."""
    return name if name in FAMILIES else "it"

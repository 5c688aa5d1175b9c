"""Settings: the pages with which an organisation is looked after; one file for each section."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from nexus.ui.door import may

# Each section: its first page, its drawing, its name, and the right to see it.
SECTIONS = (
    ("connections.index", "plug", "Connections", ("connection", "read")),
    ("audit.index", "scroll-text", "Audit log", ("audit", "read")),
)
Section = tuple[str, str, str]

settings = Blueprint("settings", __name__, url_prefix="/settings")


def sections() -> list[Section]:
    """Return the page, the drawing and the name of each section that the asker may see."""
    return [(page, drawing, name) for page, drawing, name, right in SECTIONS if may(*right)]


@settings.get("")
def index() -> Response:
    """Send a person to the first section that is theirs; the page itself says when none is."""
    seen = sections()
    return redirect(url_for(seen[0][0] if seen else SECTIONS[0][0]))

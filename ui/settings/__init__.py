"""Settings: the pages with which an organisation is looked after; one file for each section."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from nexus.ui.door import known, may
from nexus.ui.settings.account import account
from nexus.ui.settings.audit import audit
from nexus.ui.settings.connections import connections
from nexus.ui.settings.people import people
from nexus.ui.settings.roles import roles
from nexus.ui.settings.sso import sso
from nexus.ui.settings.tokens import tokens
from nexus.ui.settings.upkeep import upkeep

# Each section: its first page, its drawing, its name, and the right to see it.
SECTIONS = (
    ("people.index", "users", "People", ("person", "read")),
    ("roles.index", "table-properties", "Roles", ("role", "read")),
    ("tokens.index", "key-round", "API tokens", ("token", "read")),
    ("sso.index", "log-in", "Sign-in", ("sso", "read")),
    ("connections.index", "plug", "Connections", ("connection", "read")),
    ("audit.index", "scroll-text", "Audit log", ("audit", "read")),
    ("upkeep.index", "stethoscope", "Upkeep", ("installation", "read")),
    ("account.show", "circle-user", "My account", ("account", "read")),
)
Section = tuple[str, str, str]

settings = Blueprint("settings", __name__, url_prefix="/settings")
SETTINGS = (settings, people, roles, tokens, sso, connections, audit, upkeep, account)


def sections() -> list[Section]:
    """Return the page, the drawing and the name of each section that the asker may see."""
    return [(page, drawing, name) for page, drawing, name, right in SECTIONS if may(*right)]


@settings.get("")
@known("it only leads on")
def index() -> Response:
    """Send a person to the first section that is theirs."""
    return redirect(url_for(sections()[0][0]))

"""Settings → Tokens: keys for programs, with scopes and an end."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from nexus.ui.door import actor, needs, nexus
from nexus.ui.htmx import go

tokens = Blueprint("tokens", __name__, url_prefix="/settings/tokens")
LIVES = (7, 30, 90, 365)


@tokens.get("")
@needs("token", "read")
def index() -> str:
    """Show the tokens: one's own, or everybody's."""
    return page()


@tokens.post("")
@needs("token", "make")
def make() -> str:
    """Make a token and show its secret, this once."""
    form = request.form
    days = form.get("days", type=int)
    name = form.get("name", "").strip()[:100] or "Token"
    _, secret = nexus().tokens.make(actor(), name, form.getlist("scope"), days or None)
    return page(secret)


@tokens.post("/<token_id>/revoke")
@needs("token", "revoke")
def revoke(token_id: str) -> Response:
    """End a token at once."""
    nexus().tokens.revoke(actor(), token_id)
    return go(url_for("tokens.index"))


def page(secret: str = "") -> str:
    """Draw the list."""
    held = [(pair, right) for pair, right in actor().rights.items() if right.scope is not None]
    rows = nexus().tokens.list(actor())
    return render_template("settings/tokens.html", rows=rows, held=held, lives=LIVES, secret=secret)

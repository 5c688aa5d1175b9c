"""Signing in by a one-time link, and out again; the room of pages.

GET never uses the link up, because mail scanners and browsers fetch addresses on their own.
"""

from typing import cast

from flask import Blueprint, g, render_template, request, session, url_for
from werkzeug.wrappers import Response

from nexus.ui.door import Kept, actor, caller, nexus
from nexus.ui.htmx import go

sign_in = Blueprint("sign_in", __name__)


@sign_in.get("/sign-in")
def show() -> str:
    """Show one button for the link that was opened, or say how to get a link."""
    return render_template("sign_in.html", token=request.args.get("token", ""))


@sign_in.post("/sign-in")
def use() -> Response:
    """Use the link up and begin a session."""
    kept = cast(Kept, session)
    secret = nexus().people.use_link(request.form.get("token", ""), caller())
    if kept.secret and g.actor:
        nexus().people.sign_out(actor(), kept.secret)
    kept.begin(secret)
    return go(url_for("flows.index"))


@sign_in.post("/sign-out")
def leave() -> Response:
    """End this session in the store, so that a copy of its cookie is worth nothing."""
    kept = cast(Kept, session)
    nexus().people.sign_out(actor(), kept.secret)
    kept.end()
    return go(url_for("sign_in.show"))

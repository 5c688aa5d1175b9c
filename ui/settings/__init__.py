"""The settings pages: people, roles, tokens, single sign-on, and one's own account."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from nexus.ui.door import actor, known
from nexus.ui.settings.account import account
from nexus.ui.settings.people import people
from nexus.ui.settings.roles import roles
from nexus.ui.settings.sso import sso
from nexus.ui.settings.tokens import tokens

settings = Blueprint("settings", __name__)
SETTINGS = (settings, people, roles, tokens, sso, account)


@settings.get("/settings")
@known("it only leads on")
def index() -> Response:
    """Lead to the first of the settings that a person may see."""
    sees_people = actor().rights["person", "read"].scope is not None
    return redirect(url_for("people.index" if sees_people else "account.show"))

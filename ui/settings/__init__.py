"""Settings: the pages with which an organisation is looked after; one file for each section."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

settings = Blueprint("settings", __name__, url_prefix="/settings")


@settings.get("")
def index() -> Response:
    """Send a person to the first section."""
    return redirect(url_for("connections.index"))

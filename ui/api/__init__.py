"""The REST API below /api/v1: the core's verbs for machines, with a bearer token.

Its routes are declared in the files beside this one; `schemas/openapi.json` describes them.
"""

from flask import Blueprint, Response, g, request

from nexus.core.model.actor import Actor
from nexus.core.model.problem import Problem, Refused
from nexus.ui.api import (  # noqa: F401 - declare the routes
    audit,
    connections,
    decisions,
    equipment,
    flows,
    hooks,
    people,
    runs,
    system,
    tokens,
    upkeep,
)
from nexus.ui.api.route import serve
from nexus.ui.door import caller, nexus, placed

CONSOLE = "nexus.console"  # no HTTP header can set it: those arrive as HTTP_…

api = Blueprint("api", __name__, url_prefix="/api/v1")
serve(api)


@api.before_request
def know() -> None:
    """Find out who asks: a token's person, or the console in this very process."""
    console = request.environ.get(CONSOLE)
    g.actor = console if isinstance(console, Actor) else placed(_bearer())


@api.after_request
def ask_for_token(response: Response) -> Response:
    """Say how to come in, with every 401."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="nexus"'
    return response


def _bearer() -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = nexus().people.actor_for_token(token.strip()) if scheme.lower() == "bearer" else None
    if not isinstance(found, Actor):
        if token:
            nexus().people.turned_away.note("API token", caller())
        raise Refused(
            Problem(
                code="token_needed",
                title="Nobody is known by this token.",
                status=401,
                expected="a header like Authorization: Bearer nx_…",
                hint="Make a token on the machine that runs Nexus: nexus token new NAME",
            )
        )
    return found

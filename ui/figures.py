"""The door for Prometheus: figures for this very machine, or for a token that may see them."""

from ipaddress import ip_address

from flask import Blueprint, Response, request

from nexus.core.model.problem import Problem, Refused
from nexus.ui.door import anyone, caller, nexus
from nexus.ui.words import _

figures = Blueprint("figures", __name__)
TEXT = "text/plain; version=0.0.4; charset=utf-8"
PROXIED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")  # what a proxy of anybody's adds


@figures.get("/metrics")
@anyone("it asks for a token itself, unless the asker is on this very machine")
def metrics() -> Response:
    """Tell every figure in Prometheus' text format."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if token:
        actor = nexus().people.actor_for_token(token)
        if actor is None:
            raise Refused(_unknown())
        return Response(nexus().upkeep.metrics.show(actor), content_type=TEXT)
    if not is_near():
        raise Refused(_unknown())
    return Response(nexus().upkeep.metrics.text(), content_type=TEXT)


def is_near() -> bool:
    """True when a program on this machine asks, and no proxy asks for somebody else."""
    if any(name in request.headers for name in PROXIED):
        return False
    try:
        return ip_address(caller()).is_loopback
    except ValueError:
        return False


def _unknown() -> Problem:
    return Problem(
        code="token_needed",
        title=_("Figures are told to this machine, or to whoever brings a token."),
        status=401,
        expected="a header like Authorization: Bearer nx_…",
    )

"""What connections lack before runs can use them, told to whoever publishes a flow naming them."""

from typing import Any

from nexus.core.host.connections.fields import check_values
from nexus.core.host.connections.keeping import Keeping, grant
from nexus.core.host.connections.opening import has_token
from nexus.core.model.problem import Problem, Refused
from nexus.core.store import connections as store

WAIT = "Its runs wait there until it is mended, and then go on by themselves."


def lack(keeping: Keeping, alias: str) -> Problem | None:
    """Return what is missing of the connection that flows call so; None when nothing is."""
    row = store.find(keeping.database, alias)
    if row is None:
        return _hint(alias, "connection_missing", "is not set up yet")
    if not row.enabled:
        return _hint(alias, "connection_off", "is turned off")
    unfinished = _unfinished(keeping, row)
    if unfinished:
        return _hint(alias, "connection_incomplete", "is not complete", unfinished)
    if row.health == "broken":
        return _hint(alias, "connection_broken", "is broken", row.says)
    return None


def _unfinished(keeping: Keeping, row: Any) -> str:
    kind = keeping.kind(row)
    if kind is None:
        return f"The module {row.module} is not active."
    if grant(kind, row) == "authorization_code" and not has_token(keeping, row):
        return "Nobody has connected it at its provider yet."
    try:
        check_values(kind, keeping.values(row))
    except Refused as refused:
        return refused.problems[0].title
    return ""


def _hint(alias: str, code: str, words: str, detail: str = "") -> Problem:
    title = f"The connection {alias} {words}."
    return Problem(code=code, title=title, field=alias, detail=detail, hint=WAIT)

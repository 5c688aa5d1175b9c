"""Settings, the audit log: who did what, with filters, a check of the chain, and export."""

from typing import Any

import msgspec
from flask import Blueprint, Response, render_template, request

from nexus.core.model.audit import Wanted
from nexus.ui import deeds
from nexus.ui.door import actor, needs, nexus

audit = Blueprint("audit", __name__, url_prefix="/settings/audit")
FILTERS = ("actor", "action", "q", "since", "until")


@audit.get("")
@needs("audit", "read")
def index() -> str:
    """Show rows, newest first; `cursor` goes on, `check` verifies the whole chain."""
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    book = nexus().audit
    page = book.list(actor(), wanted(asked), request.args.get("cursor"))
    verdict = book.verify(actor()) if "check" in request.args else None
    people, actions = book.who(actor()), book.what(actor())
    return render_template(
        "settings/audit.html",
        page=page,
        asked=asked,
        people=people,
        actions=actions,
        verdict=verdict,
    )


@audit.get("/export.<any(csv, json):kind>")
@needs("audit", "read")
def export(kind: str) -> Response:
    """Send every row that fits the filters as CSV or JSON, to be saved as a file."""
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    rows = nexus().audit.export(actor(), wanted(asked))
    if kind == "csv":
        response = Response(deeds.lines(map(deeds.cells, rows)), mimetype="text/csv")
    else:
        lines = (msgspec.json.encode(row) + b"\n" for row in rows)
        response = Response(lines, mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = f'attachment; filename="audit.{kind}"'
    return response


def wanted(asked: dict[str, Any]) -> Wanted:
    """Read the filters of a form."""
    return Wanted(
        actor=asked["actor"],
        action=asked["action"],
        text=asked["q"],
        since=deeds.read_time(asked["since"]),
        until=deeds.read_time(asked["until"], end=True),
    )

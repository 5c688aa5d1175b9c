"""Settings → Upkeep: how the installation is doing, backups, what is kept, the hold."""

from typing import Any

from flask import Blueprint, Response, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from nexus.core.doctor import examine
from nexus.core.model.problem import Problem, Refused
from nexus.ui.door import actor, needs, nexus
from nexus.ui.htmx import go
from nexus.ui.words import _

upkeep = Blueprint("upkeep", __name__, url_prefix="/settings/upkeep")
MEGABYTE = 1_000_000


@upkeep.get("")
@needs("installation", "read")
def index() -> str:
    """Show how it is doing, its backups, and what is kept."""
    kept = nexus().upkeep
    return render_template(
        "settings/upkeep.html",
        findings=examine(nexus(), actor()),
        standing=kept.standing.show(actor()),
        backups=kept.backups.list(actor()),
        kept=kept.retention.show(actor()),
        flows={row.id: row.name for row in nexus().flows.list(actor())},
    )


@upkeep.post("/backups")
@needs("installation", "backup")
def back_up() -> AnyResponse:
    """Make a backup while everything goes on."""
    nexus().upkeep.backups.make(actor())
    return go(url_for("upkeep.index"))


@upkeep.get("/backups/<name>")
@needs("installation", "backup")
def fetch(name: str) -> Response:
    """Send a backup, to be kept elsewhere."""
    path = nexus().upkeep.backups.find(actor(), name)
    return send_file(path, "application/octet-stream", as_attachment=True, download_name=name)


@upkeep.post("/kept")
@needs("installation", "retain")
def keep() -> AnyResponse:
    """Change for how long runs are kept, or how large the data may grow."""
    flow_id, days = request.form.get("flow") or None, _number("days")
    budget = None if flow_id else (_number("budget") or 0) * MEGABYTE
    nexus().upkeep.retention.set(actor(), days=days, budget=budget, flow_id=flow_id)
    return go(url_for("upkeep.index"))


@upkeep.post("/sweep")
@needs("installation", "retain")
def sweep() -> AnyResponse:
    """Begin a sweep now."""
    nexus().upkeep.retention.sweep(actor())
    return go(url_for("upkeep.index"))


@upkeep.post("/hold")
@needs("installation", "hold")
def hold() -> AnyResponse:
    """Accept nothing and send nothing from now on."""
    nexus().upkeep.standing.hold(actor(), request.form.get("reason", ""))
    return go(url_for("upkeep.index"))


@upkeep.post("/release")
@needs("installation", "release")
def release() -> AnyResponse:
    """Let it go on."""
    nexus().upkeep.standing.release(actor())
    return go(url_for("upkeep.index"))


def _number(name: str) -> int | None:
    text: Any = request.form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        title = _("%r is not a whole number.") % text[:40]
        raise Refused(Problem(code="bad_number", title=title))
    return int(text)

"""The list of active modules and what each one brings; the room of pages."""

from flask import Blueprint, render_template

from nexus.ui.door import actor, needs, nexus

modules = Blueprint("modules", __name__)


@modules.get("/modules")
@needs("module", "read")
def index() -> str:
    """Show every module, the broken ones first with their reasons."""
    rows = sorted(nexus().modules.list(actor()), key=lambda row: (row.state == "active", row.name))
    return render_template("modules.html", rows=rows, catalog=nexus().catalog)

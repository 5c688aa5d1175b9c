"""Routes of decision tables."""

from nexus.ui.api.flows import OfFile
from nexus.ui.api.route import Document, route
from nexus.ui.api.shapes import Page, Problems
from nexus.ui.api.shapes_decisions import Decision, DecisionDetail
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus


@route("GET", "/decisions")
@needs("decision", "read")
def list_decisions() -> Page[Decision]:
    """List every decision table."""
    return Page(rows=show(nexus().decisions.list(actor()), list[Decision]))


@route("POST", "/decisions")
@needs("decision", "save")
def save_decision(document: Document, query: OfFile) -> Decision:
    """Save a decision table, in YAML or JSON; flows take it at their next publish."""
    return show(nexus().decisions.save(actor(), document, query.file), Decision)


@route("POST", "/decisions/validate")
@needs("decision", "read")
def validate_decision(document: Document, query: OfFile) -> Problems:
    """Say everything that is wrong with a decision table; nothing is kept."""
    found = nexus().decisions.validate(actor(), document, query.file)
    return show({"problems": found}, Problems)


@route("GET", "/decisions/{table_id}")
@needs("decision", "read")
def show_decision(table_id: str) -> DecisionDetail:
    """Show a decision table with its words."""
    return show(nexus().decisions.show(actor(), table_id), DecisionDetail)

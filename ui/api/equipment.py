"""Routes of modules."""

from nexus.core.model.problem import missing
from nexus.ui.api.route import route
from nexus.ui.api.shapes import ConnectionKind, Module, ModuleDetail, Page
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus


@route("GET", "/modules")
@needs("module", "read")
def list_modules() -> Page[Module]:
    """List every module, broken ones with the reason."""
    return Page(rows=show(nexus().modules.list(actor()), list[Module]))


@route("GET", "/modules/{module_id}")
@needs("module", "read")
def show_module(module_id: str) -> ModuleDetail:
    """Show a module and what its connections hold."""
    row = next((row for row in nexus().modules.list(actor()) if row.id == module_id), None)
    if row is None:
        raise missing("module", module_id, "See `nexus module list`.")
    manifest = nexus().catalog.manifest(module_id)
    kinds = list(manifest.connections.values()) if manifest else []
    return ModuleDetail(row=show(row, Module), connections=show(kinds, list[ConnectionKind]))

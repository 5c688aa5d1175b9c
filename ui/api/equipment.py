"""Routes of modules and of the connections that they use."""

from typing import Annotated, Any

import msgspec

from nexus.core.model.problem import missing
from nexus.ui.api.route import route
from nexus.ui.api.shapes import Connection, ConnectionKind, Module, ModuleDetail, Page
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus

Networks = Annotated[list[str], msgspec.Meta(max_length=50)]


class NewConnection(msgspec.Struct, forbid_unknown_fields=True):
    """A connection's values, secrets included, and the private networks that it may reach."""

    module: str
    values: dict[str, Any] = {}
    allow: Networks = []


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


@route("GET", "/connections")
@needs("connection", "read")
def list_connections() -> Page[Connection]:
    """List every connection, without its secrets."""
    return Page(rows=show(nexus().connections.list(actor()), list[Connection]))


@route("GET", "/connections/{alias}")
@needs("connection", "read")
def show_connection(alias: str) -> Connection:
    """Show a connection, without its secrets."""
    row = next((row for row in nexus().connections.list(actor()) if row.alias == alias), None)
    if row is None:
        raise missing("connection", alias, "See `nexus connection list`.")
    return show(row, Connection)


@route("PUT", "/connections/{alias}")
@needs("connection", "set")
def set_connection(alias: str, body: NewConnection) -> Connection:
    """Keep a connection; all of its values are replaced."""
    row = nexus().connections.set(actor(), alias, body.module, body.values, body.allow)
    return show(row, Connection)

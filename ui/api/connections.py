"""Routes of connections and of the keys that seal their secrets. Secrets go in, never out."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from nexus.core.clock import SECOND
from nexus.core.host.connections import About
from nexus.ui.api.connection_shapes import Connection, Keys, Trial
from nexus.ui.api.route import route
from nexus.ui.api.shapes import Page
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus

Networks = Annotated[list[str], msgspec.Meta(max_length=50)]


class NewConnection(msgspec.Struct, forbid_unknown_fields=True):
    """A connection's values. A secret that is left out stays as it is; null takes it away."""

    module: str
    kind: str = ""
    values: dict[str, Any] = {}
    allow: Networks | None = None
    label: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    expires: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class ConnectionSwitch(msgspec.Struct, forbid_unknown_fields=True):
    """On or off; while it is off, the runs that need it wait."""

    on: bool


@route("GET", "/connections")
@needs("connection", "read")
def list_connections() -> Page[Connection]:
    """List every connection, without its secrets."""
    return Page(rows=show(nexus().connections.list(actor()), list[Connection]))


@route("GET", "/connections/{name}")
@needs("connection", "read")
def show_connection(name: str) -> Connection:
    """Show a connection, without its secrets."""
    return show(nexus().connections.show(actor(), name), Connection)


@route("PUT", "/connections/{name}")
@needs("connection", "set")
def set_connection(name: str, body: NewConnection) -> Connection:
    """Keep a connection (`alias`, or `alias@client`); runs that wait for it go on."""
    ends = None if body.expires is None else int(body.expires.timestamp() * SECOND)
    about = About(kind=body.kind, label=body.label, expires=ends)
    given = (body.module, body.values, body.allow, about)
    return show(nexus().connections.set(actor(), name, *given), Connection)


@route("DELETE", "/connections/{name}", status=204)
@needs("connection", "remove")
def remove_connection(name: str) -> None:
    """Remove a connection with its secrets."""
    nexus().connections.remove(actor(), name)


@route("POST", "/connections/{name}/turn")
@needs("connection", "turn")
def turn_connection(name: str, body: ConnectionSwitch) -> Connection:
    """Turn a connection on or off."""
    return show(nexus().connections.turn(actor(), name, body.on), Connection)


@route("POST", "/connections/{name}/test")
@needs("connection", "test")
def test_connection(name: str) -> Trial:
    """Try a connection out at its provider; nothing is changed there."""
    return show(nexus().connections.test(actor(), name), Trial)


@route("GET", "/keys")
@needs("key", "read")
def show_keys() -> Keys:
    """Say which master key is in use, and how far a rotation is."""
    return show(nexus().keys.show(actor()), Keys)


@route("POST", "/keys/rotate")
@needs("key", "rotate")
def rotate_keys() -> Keys:
    """Seal every secret with a new key, in one transaction."""
    return show(nexus().keys.rotate(actor()), Keys)

"""The shapes of connections and keys; no secret has a place in them."""

from typing import Any

from nexus.ui.api.shapes import Row
from nexus.ui.api.write import Moment


class Secret(Row, frozen=True, kw_only=True):
    """What may be told of a secret; `tail` is its last four characters when it is long."""

    field: str
    tail: str
    changed: Moment


class Connection(Row, frozen=True, kw_only=True):
    """A connection without its secrets. `client` is null when it is the whole organisation's.

    `health` is `untested`, `ok`, `broken` or `unconnected`; `allow` lists the private networks
    opened for it, `waiting` counts the runs that wait for it.
    """

    name: str
    alias: str
    client: str | None
    module: str
    kind: str
    label: str
    values: dict[str, Any]
    secrets: list[Secret]
    allow: list[str]
    version: int
    enabled: bool
    health: str
    says: str
    checked: Moment | None
    expires: Moment | None
    changed: Moment
    flows: list[str]
    waiting: int


class Trial(Row, frozen=True, kw_only=True):
    """What trying a connection out came to, in words."""

    health: str
    says: str


class Keys(Row, frozen=True, kw_only=True):
    """The master key in use, and how many sealed texts it holds; it is never shown itself."""

    current: str
    known: int
    total: int
    done: int
    rotating: bool

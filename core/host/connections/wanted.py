"""How a connection is to be, and the row that this makes of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from nexus.core.host.connections.keeping import open_values
from nexus.core.host.manifest import ConnectionKind

Values = Mapping[str, Any]
Networks = list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What is said of a connection besides its values; `kind` is needed where a module has two.

    A `label` of None stays as it was. `expires` is when its credentials end.
    """

    kind: str = ""
    label: str | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a connection is to be."""

    module: str
    kind: ConnectionKind
    values: Values
    allow: Networks
    about: About

    @property
    def given(self) -> dict[str, Any]:
        """Return the values without those that are to be taken away."""
        return {name: value for name, value in self.values.items() if value is not None}

    @property
    def touched(self) -> bool:
        """True when a secret is given or taken away."""
        return any(name in self.kind.secrets for name in self.values)


def facts_of(old: Any, wanted: Wanted) -> dict[str, Any]:
    """Return the row's facts; a version is counted on when what a provider sees changes."""
    about = wanted.about
    open_ = {name: one for name, one in wanted.given.items() if name not in wanted.kind.secrets}
    label = about.label if about.label is not None else (old.label if old else "")
    facts = {
        "id": old.id if old else f"con_{secrets.token_hex(8)}",
        "module": wanted.module,
        "kind": wanted.kind.name,
        "label": label[:200],
        "open_values": msgspec.json.encode(open_),
        "allow": msgspec.json.encode(wanted.allow),
        "version": old.version if old else 1,
        "expires": about.expires,
    }
    if old is None:
        return facts | FRESH | {"renewals": 0, "enabled": True}
    if open_values(old) == open_ and not wanted.touched:
        return facts
    return facts | FRESH | {"version": old.version + 1}


FRESH = {"health": "untested", "says": "", "checked": None, "renewing": 0}

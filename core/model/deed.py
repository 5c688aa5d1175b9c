"""What somebody did: one line of the audit log, before it is chained and kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from nexus.core.model.actor import Actor

HIDDEN = "***"
TELLTALE = ("password", "secret", "token", "authorization", "cookie", "key", "card", "cvv")
LONGEST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """Who did what to which object. Kept in the same transaction as the change itself.

    Attributes:
        at: When, in microseconds UTC.
        actor: The person's id; empty when nobody is known.
        via: The door: `page`, `api`, `cli`, `engine`.
        action: `<resource>.<verb>`, as the policy table names it.
        object: `<resource>:<id>`.
        ip: Where the request came from, when it came over the net.
        before: The fingerprint of what was there, empty when there was nothing.
        after: The fingerprint of what is there now.
        meta: What the sentence on the page needs: names and numbers, never a secret.
    """

    at: int
    actor: str
    via: str
    action: str
    object: str
    ip: str = ""
    before: str = ""
    after: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    def tell(self, **meta: Any) -> "Deed":
        """Return the deed with more to tell, for what only the transaction knows."""
        return replace(self, meta={**self.meta, **meta})


def deed(
    actor: Actor,
    at: int,
    action: str,
    which: str,
    /,
    *,
    before: object = None,
    after: object = None,
    **meta: Any,
) -> Deed:
    """Return what the actor does to the object `which` of the action's resource."""
    return Deed(
        at=at,
        actor=actor.id,
        via=actor.via,
        action=action,
        object=f"{action.partition('.')[0]}:{which}",
        ip=actor.ip,
        before=fingerprint(before),
        after=fingerprint(after),
        meta={"by": actor.name, **meta},
    )


def fingerprint(value: object) -> str:
    """Return the SHA-256 of a text, of bytes or of plain values; empty for None."""
    if value is None:
        return ""
    raw = value.encode() if isinstance(value, str) else value
    if not isinstance(raw, bytes):
        raw = msgspec.json.encode(raw, order="sorted")
    return hashlib.sha256(raw).hexdigest()


def clean(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return only what may be told: short plain values, and nothing that is called a secret."""
    return {name: _clean(name, value) for name, value in meta.items()}


def _clean(name: str, value: Any) -> Any:
    if any(word in name.lower() for word in TELLTALE):
        return HIDDEN
    if isinstance(value, Mapping):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_clean(name, each) for each in value[:50]]
    return value if isinstance(value, bool | int | float | None) else str(value)[:LONGEST]

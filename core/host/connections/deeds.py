"""What setting a connection tells the audit log: that it was set, and which doors it opens."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec

from nexus.core.host.connections.keeping import Keeping
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed

FACTS = ("module", "kind", "label", "open_values", "version", "expires")


def deeds_of(keeping: Keeping, actor: Actor, old: Any, values: Mapping[str, Any]) -> Iterator[Deed]:
    """Yield what the actor did; opening a private network is a deed of its own."""
    row = SimpleNamespace(**values)
    yield keeping.deed(actor, "set", row, before=old and kept_facts(old), after=kept_facts(row))
    before = old.allow if old else NONE
    if row.allow != before:
        networks = ", ".join(msgspec.json.decode(row.allow)) or "none"
        more = {"before": before, "after": row.allow, "networks": networks}
        yield keeping.deed(actor, "allow", row, **more)


def kept_facts(row: Any) -> list[Any]:
    """Return what a fingerprint is made of; a new secret shows in the version."""
    return [getattr(row, name) for name in FACTS]


NONE = msgspec.json.encode([])

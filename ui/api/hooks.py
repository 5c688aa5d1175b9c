"""Routes of the addresses that flows listen at."""

from typing import Annotated

import msgspec

from nexus.ui.api.route import Data, route
from nexus.ui.api.shapes import Hook, Page, Receipt
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus


class Secret(msgspec.Struct, forbid_unknown_fields=True):
    """What the sender signs with; it is never shown again."""

    secret: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


@route("GET", "/hooks")
@needs("hook", "read")
def list_hooks() -> Page[Hook]:
    """List every address that a flow names."""
    return Page(rows=show(nexus().hooks.list(actor()), list[Hook]))


@route("PUT", "/hooks/{name}/secret", status=204)
@needs("hook", "secret")
def set_hook_secret(name: str, body: Secret) -> None:
    """Keep the secret with which the sender signs."""
    nexus().hooks.set_secret(actor(), name, body.secret)


@route("POST", "/hooks/{name}/events", status=202)
@needs("event", "send")
def send_event(name: str, data: Data) -> Receipt:
    """Send an event to a flow's address as a person, without its provider's signature."""
    return show(nexus().inbox.send(actor(), name, data), Receipt)

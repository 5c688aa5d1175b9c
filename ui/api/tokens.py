"""Routes of API tokens."""

from typing import Annotated

import msgspec
from msgspec import Meta

from nexus.core.people.tokens import USUAL_LIFE
from nexus.ui.api.route import route
from nexus.ui.api.shapes import Page
from nexus.ui.api.shapes_people import NewToken, Token
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus


class TokenWish(msgspec.Struct, forbid_unknown_fields=True):
    """What the token is for, what it may do, and for how many days; null is for ever.

    Without scopes it holds all rights of the asker but those that need a fresh sign-in.
    """

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[str], Meta(max_length=200)] = []
    days: Annotated[int, Meta(ge=1, le=3650)] | None = USUAL_LIFE


@route("GET", "/tokens")
@needs("token", "read")
def list_tokens() -> Page[Token]:
    """List the tokens that the asker may see: its own, or all."""
    return Page(rows=show(nexus().tokens.list(actor()), list[Token]))


@route("POST", "/tokens", status=201)
@needs("token", "make")
def make_token(body: TokenWish) -> NewToken:
    """Make an API token with some of the asker's own rights; it is shown this once."""
    row, secret = nexus().tokens.make(actor(), body.name, body.scopes, body.days)
    return NewToken(row=show(row, Token), token=secret)


@route("DELETE", "/tokens/{token_id}", status=204)
@needs("token", "revoke")
def revoke_token(token_id: str) -> None:
    """End a token at once."""
    nexus().tokens.revoke(actor(), token_id)

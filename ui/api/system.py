"""Routes of the installation itself."""

from importlib.resources import files
from typing import Annotated, Any

import msgspec

from nexus.core.doctor import examine
from nexus.ui.api.route import route
from nexus.ui.api.shapes import Findings, Me, Token
from nexus.ui.api.write import show
from nexus.ui.door import actor, nexus


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """What the token is for."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


@route("GET", "/whoami")
def whoami() -> Me:
    """Say who asks."""
    return show(actor(), Me)


@route("POST", "/tokens", status=201)
def make_token(body: NewToken) -> Token:
    """Make an API token with the asker's own rights; it is shown this once."""
    return Token(name=body.name, token=nexus().people.new_token(actor(), body.name))


@route("GET", "/doctor")
def doctor() -> Findings:
    """Look for what needs attention: the machine, modules, flows and connections."""
    return show({"findings": examine(nexus(), actor())}, Findings)


@route("GET", "/openapi.json")
def openapi() -> dict[str, Any]:
    """Describe this API by OpenAPI 3.1."""
    text = (files("nexus") / "schemas" / "openapi.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Any])

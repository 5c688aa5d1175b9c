"""Routes of the installation itself."""

from importlib.resources import files
from typing import Any

import msgspec

from nexus.core.doctor import examine
from nexus.ui.api.route import route
from nexus.ui.api.shapes import Findings, Me
from nexus.ui.api.write import show
from nexus.ui.door import actor, known, needs, nexus


@route("GET", "/whoami")
@known("it says only who asks")
def whoami() -> Me:
    """Say who asks."""
    return show(actor(), Me)


@route("GET", "/doctor")
@needs("connection", "read")
def doctor() -> Findings:
    """Look for what needs attention: the machine, modules, flows and connections."""
    return show({"findings": examine(nexus(), actor())}, Findings)


@route("GET", "/openapi.json")
@known("it describes the API")
def openapi() -> dict[str, Any]:
    """Describe this API by OpenAPI 3.1."""
    text = (files("nexus") / "schemas" / "openapi.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Any])

"""Routes of flows."""

from typing import Annotated, Any

import msgspec

from nexus.ui.api.route import Document, Text, route
from nexus.ui.api.shapes import Flow, FlowDetail, Page, Problems, Published
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus

FileName = Annotated[str, msgspec.Meta(max_length=400, description="How problems name the file.")]
Number = Annotated[int, msgspec.Meta(ge=1, description="A published version; else the draft.")]


class OfFile(msgspec.Struct, forbid_unknown_fields=True):
    """Where a document comes from."""

    file: FileName = ""


class OfVersion(msgspec.Struct, forbid_unknown_fields=True):
    """Which version is meant."""

    version: Number | None = None


class Publish(msgspec.Struct, forbid_unknown_fields=True):
    """Why a version is published."""

    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Turn(msgspec.Struct, forbid_unknown_fields=True):
    """Whether new events start runs of the flow."""

    on: bool


@route("GET", "/flows")
@needs("flow", "read")
def list_flows() -> Page[Flow]:
    """List every flow."""
    return Page(rows=show(nexus().flows.list(actor()), list[Flow]))


@route("POST", "/flows")
@needs("flow", "save")
def save_flow(document: Document, query: OfFile) -> Flow:
    """Save a flow document, in YAML or JSON, as the draft of the flow that it names."""
    return show(nexus().flows.save(actor(), document, query.file), Flow)


@route("POST", "/flows/validate")
@needs("flow", "read")
def validate_flow(document: Document, query: OfFile) -> Problems:
    """Say everything that is wrong with a flow document; nothing is kept."""
    return show({"problems": nexus().flows.validate(actor(), document, query.file)}, Problems)


@route("GET", "/flows/{flow_id}")
@needs("flow", "read")
def show_flow(flow_id: str, query: OfVersion) -> FlowDetail:
    """Show a flow with its words, settings, history and addresses."""
    return show(nexus().flows.show(actor(), flow_id, query.version), FlowDetail)


@route("GET", "/flows/{flow_id}/export")
@needs("flow", "read")
def export_flow(flow_id: str, query: OfVersion) -> Text:
    """Return a flow's document as it was written."""
    return Text(nexus().flows.export(actor(), flow_id, query.version))


@route("POST", "/flows/{flow_id}/publish")
@needs("flow", "publish")
def publish_flow(flow_id: str, body: Publish) -> Published:
    """Make the draft a version that new runs take; runs under way stay on theirs."""
    return show(nexus().flows.publish(actor(), flow_id, body.note), Published)


@route("POST", "/flows/{flow_id}/turn")
@needs("flow", "turn")
def turn_flow(flow_id: str, body: Turn) -> Flow:
    """Turn a published flow on or off; runs under way go on either way."""
    return show(nexus().flows.turn(actor(), flow_id, body.on), Flow)


@route("PUT", "/flows/{flow_id}/settings", status=204)
@needs("flow", "configure")
def configure_flow(flow_id: str, body: dict[str, Any]) -> None:
    """Replace the flow's settings; they hold from the next publish on."""
    nexus().flows.configure(actor(), flow_id, body)

"""The list of flows, and one flow as a picture, as text, with its versions and its runs."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from statistics import median
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from nexus.core.model.flow import Step
from nexus.core.model.problem import Refused
from nexus.core.model.run import RunRow, RunState
from nexus.core.model.view import FlowRow, FlowView, Receipt, RunView
from nexus.core.trigger.body import parse
from nexus.ui import decision, fields, picture, yaml_view
from nexus.ui.door import actor, needs, nexus
from nexus.ui.htmx import go, wants_part
from nexus.ui.words import _, duration

flows = Blueprint("flows", __name__, url_prefix="/flows")
TABS = ("picture", "yaml", "versions", "runs")


@flows.get("")
@needs("flow", "read")
def index() -> str:
    """Show every flow in its group, or those whose name holds `q`."""
    rows = nexus().flows.list(actor())
    text = request.args.get("q", "").strip()
    found = grouped(row for row in rows if text.lower() in f"{row.name} {row.description}".lower())
    return render_template("flows.html", rows=rows, groups=found, q=text)


@flows.get("/<flow_id>")
@needs("flow", "read")
def show(flow_id: str) -> str:
    """Show one flow. `tab`, `step`, `version` and `run` choose what of it."""
    asked = request.args.get("version", type=int)
    view = nexus().flows.show(actor(), flow_id, version=asked)
    return render_template("flow.html", view=view, **_inside(view))


@flows.post("/<flow_id>/turn")
@needs("flow", "turn")
def turn(flow_id: str) -> str | Response:
    """Switch a flow on or off."""
    row = nexus().flows.turn(actor(), flow_id, request.form.get("on") == "1")
    if wants_part():
        rows = nexus().flows.list(actor())
        return render_template("_flow_row.html", row=row, rows=rows, turned=True)
    return go(url_for("flows.index"))


@flows.post("/<flow_id>/publish")
@needs("flow", "publish")
def publish(flow_id: str) -> Response:
    """Make the draft the live version."""
    nexus().flows.publish(actor(), flow_id, note=request.form.get("note", "").strip())
    return go(url_for("flows.show", flow_id=flow_id, tab="versions"))


@flows.post("/<flow_id>/secret")
@needs("hook", "secret")
def secret(flow_id: str) -> Response:
    """Keep the secret that a provider signs with; it is never shown again."""
    form = request.form
    nexus().hooks.set_secret(actor(), form.get("hook", ""), form.get("secret", "").strip())
    return go(url_for("flows.show", flow_id=flow_id))


@flows.post("/<flow_id>/test")
@needs("event", "send")
def test(flow_id: str) -> str | Response:
    """Send a test event to one of the flow's addresses and open the run that it starts."""
    data = read_sample(request.form.get("data", ""))
    receipt = nexus().inbox.send(actor(), request.form.get("hook", ""), data)
    started = run_of(receipt, flow_id)
    if started is None:
        return render_template("_not_started.html", event_id=receipt.event_id)
    return go(url_for("runs.show", run_id=started))


def _inside(view: FlowView) -> dict[str, Any]:
    """Return what the flow's page shows besides the view itself."""
    run = _run(view)
    flow = view.flow
    tab = request.args.get("tab", "picture" if flow else "yaml")
    step = picture.find(flow.do, request.args.get("step", "")) if flow else None
    recent = nexus().runs.list(actor(), flow_id=view.row.id, limit=30).rows
    artist = picture.Artist(nexus().catalog, run)
    return {
        "run": run,
        "sheet": _sheet(view, step, run),
        "tab": tab if tab in TABS else "picture",
        "picture": picture.draw(flow, nexus().catalog, run) if flow else None,
        "step": step,
        "stop": artist.line([step])[0] if step else None,
        "fields": fields.fields_of(step) if step else [],
        "recent": recent,
        "figures": figures(recent),
        "lines": yaml_view.lines(view.source),
        "samples": {hook.name: _pretty(hook.sample) for hook in view.hooks},
    }


def _sheet(view: FlowView, step: Step | None, run: RunView | None) -> decision.Sheet | None:
    """Draw the table by which the chosen step decides."""
    tables = view.flow.tables if view.flow else {}
    table = tables.get(step.body["decide"]) if step and step.kind == "decide" else None
    seen = picture.latest(run.steps).get(step.id) if run and step else None
    return decision.draw(table, seen) if table else None


def _run(view: FlowView) -> RunView | None:
    """Return the run whose line is painted, when it is a run of this flow."""
    wanted = request.args.get("run")
    run: RunView | None = nexus().runs.show(actor(), wanted) if wanted else None
    return run if run and run.row.flow_id == view.row.id else None


def grouped(rows: Iterable[FlowRow]) -> list[tuple[str, list[FlowRow]]]:
    """Return flows by group and name; those without a group come last."""
    groups: dict[str, list[FlowRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.name.lower()):
        groups[row.group].append(row)
    return sorted(groups.items(), key=lambda pair: (not pair[0], pair[0].lower()))


def figures(rows: list[RunRow]) -> dict[str, str]:
    """Return the health of a flow in four figures, from its newest runs."""
    over = [row for row in rows if row.ended]
    times = [row.ended - row.started for row in over if row.ended]
    return {
        _("Runs"): str(len(rows)),
        _("Finished"): str(sum(row.state is RunState.DONE for row in rows)),
        _("Failed"): str(sum(row.state is RunState.FAILED for row in rows)),
        _("Median time"): duration(int(median(times))) if times else "-",
    }


def read_sample(text: str) -> Any:
    """Read the JSON that a person edited, as strictly as a webhook's body.

    Raises:
        Refused: it is not strict JSON; the problem says what and on which line.
    """
    try:
        return parse(text.encode("utf-8", "surrogatepass"), "application/json")
    except Refused as refused:
        wrong = refused.problems[0]
        title = _("The test event cannot be sent yet.")
        detail = f"{wrong.title} {wrong.detail}".strip()
        raise Refused(replace(wrong, title=title, detail=detail, status=422)) from None


def run_of(receipt: Receipt, flow_id: str) -> str | None:
    """Return the run that an event started in this flow, else any that it started."""
    for run_id in receipt.run_ids:
        if nexus().runs.show(actor(), run_id).row.flow_id == flow_id:
            return run_id
    return receipt.run_ids[0] if receipt.run_ids else None


def _pretty(sample: Any) -> str:
    return json.dumps({} if sample is None else sample, ensure_ascii=False, indent=2)

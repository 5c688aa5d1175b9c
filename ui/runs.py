"""The list of runs, and one run with every step's input, output, attempts and errors.

The tour ends here: what core/store/history.py kept is shown.
"""

import json
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from nexus.core.model import ids
from nexus.core.model.run import RunState
from nexus.core.model.view import RunView, StepView, UndoRow
from nexus.ui import timeline
from nexus.ui.door import actor, needs, nexus
from nexus.ui.htmx import go

runs = Blueprint("runs", __name__, url_prefix="/runs")
TELLING = ("failed", "unknown", "retrying", "running", "waiting")  # what a person looks for first
LONGEST = 20_000  # characters of one value on a page


@runs.get("")
@needs("run", "read")
def index() -> str:
    """Show runs, newest first; `state`, `flow` and `q` narrow them, `cursor` goes on."""
    asked = {name: request.args.get(name) or None for name in ("state", "flow", "q", "cursor")}
    page = nexus().runs.list(
        actor(),
        flow_id=asked["flow"],
        state=asked["state"],
        text=asked["q"],
        cursor=asked["cursor"],
    )
    flows = nexus().flows.list(actor())
    return render_template("runs.html", page=page, asked=asked, flows=flows, states=RunState)


@runs.get("/<run_id>")
@needs("run", "read")
def show(run_id: str) -> str:
    """Show one run; `step` and `turn` choose what the side panel shows."""
    return render_template("run.html", **inside(nexus().runs.show(actor(), run_id)))


@runs.post("/<run_id>/retry")
@needs("run", "retry")
def retry(run_id: str) -> Response:
    """Take a failed run up again at the step that failed."""
    nexus().runs.retry(actor(), run_id)
    return go(url_for("runs.show", run_id=run_id))


@runs.post("/<run_id>/cancel")
@needs("run", "cancel")
def cancel(run_id: str) -> Response:
    """Stop a run; what it has done stays done."""
    nexus().runs.cancel(actor(), run_id)
    return go(url_for("runs.show", run_id=run_id))


@runs.post("/<run_id>/undo")
@needs("run", "undo")
def undo(run_id: str) -> Response:
    """Take back what a run did, as far as its steps say how."""
    nexus().runs.undo(actor(), run_id)
    return go(url_for("runs.show", run_id=run_id))


def inside(view: RunView) -> dict[str, Any]:
    """Return what the run's page and its live parts show."""
    return {
        "view": view,
        "undo": undo_of(view),
        "rows": timeline.rows(view),
        "ticks": timeline.ticks(view),
        "chosen": chosen(view, request.args.get("step", ""), request.args.get("turn", "")),
        "followed": "step" not in request.args,
        "pretty": pretty,
    }


def undo_of(view: RunView) -> list[UndoRow]:
    """Return what could be taken back, with what could not; nothing while the run moves."""
    if view.row.state in (RunState.RUNNING, RunState.READY, RunState.UNDONE):
        return []
    found = nexus().runs.preview_undo(actor(), ids.write("run", view.row.id))
    return found if any(row.can for row in found) else []


def chosen(view: RunView, step: str, turn: str) -> StepView | None:
    """Return the step that is asked for, else the one that tells most about the run's state.

    None means that the event which started the run is shown.
    """
    if step == "event":
        return None
    for each in view.steps:
        if each.id == step and each.turn == turn:
            return each
    for state in TELLING:
        for each in view.steps:
            if each.state == state:
                return each
    return next((each for each in reversed(view.steps) if each.state == "done"), None)


def pretty(value: Any) -> str:
    """Write a value for reading; a very long one is cut, and says so."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… ({len(text):,} characters)"

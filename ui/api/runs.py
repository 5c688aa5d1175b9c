"""Routes of runs."""

from typing import Annotated

import msgspec

from nexus.core.run.runs import LIMIT
from nexus.ui.api.route import route
from nexus.ui.api.shapes import Page, Run, RunDetail
from nexus.ui.api.shapes_decisions import UndoStep
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus

LONGEST_WAIT = 30


class Filter(msgspec.Struct, forbid_unknown_fields=True):
    """Which runs are asked for; `cursor` comes from the page before."""

    flow: str | None = None
    state: str | None = None
    text: str | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=LIMIT)] = 50


class Patience(msgspec.Struct, forbid_unknown_fields=True):
    """How many seconds to wait."""

    timeout: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_WAIT)] = LONGEST_WAIT


@route("GET", "/runs")
@needs("run", "read")
def list_runs(query: Filter) -> Page[Run]:
    """List runs, newest first."""
    asked = msgspec.structs.asdict(query)
    page = nexus().runs.list(actor(), flow_id=asked.pop("flow"), **asked)
    return show(page, Page[Run])


@route("GET", "/runs/{run_id}")
@needs("run", "read")
def show_run(run_id: str) -> RunDetail:
    """Show a run with its event and every step's attempts, input and output."""
    return show(nexus().runs.show(actor(), run_id), RunDetail)


@route("POST", "/runs/{run_id}/retry")
@needs("run", "retry")
def retry_run(run_id: str) -> Run:
    """Let a failed or doubtful run go on from the step where it stopped."""
    return show(nexus().runs.retry(actor(), run_id), Run)


@route("POST", "/runs/{run_id}/cancel")
@needs("run", "cancel")
def cancel_run(run_id: str) -> Run:
    """Stop a run that is not over; what it has done stays done."""
    return show(nexus().runs.cancel(actor(), run_id), Run)


@route("GET", "/runs/{run_id}/undo")
@needs("run", "read")
def preview_undo(run_id: str) -> Page[UndoStep]:
    """Say what undoing the run would take back, newest first, and what stays done."""
    rows = nexus().runs.preview_undo(actor(), run_id)
    return Page(rows=show(rows, list[UndoStep]))


@route("POST", "/runs/{run_id}/undo")
@needs("run", "undo")
def undo_run(run_id: str) -> Run:
    """Take back what the run did, newest first, as far as its steps say how."""
    return show(nexus().runs.undo(actor(), run_id), Run)


@route("GET", "/runs/{run_id}/wait")
@needs("run", "read")
def wait_for_run(run_id: str, query: Patience) -> Run:
    """Return the run as soon as it is over or needs a person, or when the time is up."""
    return show(nexus().runs.wait(actor(), run_id, query.timeout), Run)

"""Follow a run while it moves: server-sent events for its page.

Each stream holds one of the server's threads, so their number is capped; over the cap a page gets
the present state and comes back two seconds later by itself, which is polling.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any, cast

from flask import Blueprint, Response, render_template, session, stream_with_context

from nexus.core.model import ids
from nexus.core.model.view import RunView
from nexus.ui.door import Kept, actor, needs, nexus
from nexus.ui.runs import inside

live = Blueprint("live", __name__)
STREAMS = threading.BoundedSemaphore(32)
PAUSE = 0.25  # seconds between two states: four a second are enough for an eye
PATIENCE = 5.0  # seconds until a sign of life: a page that was closed is noticed by it
HOLD = 2.0  # seconds that an uncounted stream stays open


@live.get("/runs/<run_id>/live")
@needs("run", "read")
def follow(run_id: str) -> Response:
    """Send the run's present state, then every change until it is over."""
    view = nexus().runs.show(actor(), run_id)
    room = STREAMS.acquire(blocking=False)
    states = counted(view) if room else once(view)
    response = Response(stream_with_context(states), mimetype="text/event-stream")
    if room:
        response.call_on_close(STREAMS.release)
    response.headers["X-Accel-Buffering"] = "no"  # a proxy must not collect what is live
    return response


def counted(view: RunView) -> Iterator[str]:
    """Yield the state now and after each change; end with the run, the server or the session."""
    yield event(view)
    while not view.row.state.is_over and may_go_on():
        nexus().pulse.wait(view.row.id, view.seq, PATIENCE)
        seen, view = view.seq, nexus().runs.show(actor(), ids.write("run", view.row.id))
        if seen == view.seq:
            yield ": still here\n\n"  # a page that was closed is noticed by this
            continue
        yield event(view)
        time.sleep(PAUSE)
    if view.row.state.is_over:
        yield "event: over\ndata: .\n\n"


def once(view: RunView) -> Iterator[str]:
    """Yield the state now, and keep the stream open long enough for it to be read."""
    yield event(view)
    if view.row.state.is_over:
        yield "event: over\ndata: .\n\n"
    until = time.monotonic() + HOLD
    while time.monotonic() < until and not nexus().stopping:
        time.sleep(0.1)


def may_go_on() -> bool:
    """True while the server runs and the person is still signed in."""
    core: Any = nexus()
    secret = cast(Kept, session).secret
    return not core.stopping and core.people.actor_for_session(secret) is not None


def event(view: RunView) -> str:
    """Write a state as one event: the parts of the page that can change."""
    html = nexus().redactor.words(render_template("_run_live.html", **inside(view)))
    data = "".join(f"data: {line}\n" for line in html.replace("\r", "").split("\n"))
    return f"id: {view.seq}\n{data}\n"

"""Wait for what became of a run, for a sender that wants the flow's own result as its answer."""

import time
from typing import Any

from nexus.core.model.run import RunState
from nexus.core.run.engine import Engine
from nexus.core.store import history
from nexus.core.store import runs as store

LOOK = 0.25  # seconds; another process may drive the run, and then nobody tells us


def outcome(engine: Engine, run_id: int, seconds: float) -> tuple[RunState, Any] | None:
    """Return how a run ended, with its output, as soon as it is over; None after `seconds`."""
    deadline, seen = time.monotonic() + seconds, -1
    while True:
        row = store.find_run(engine.database, run_id)
        if row is not None and RunState(row.state).is_over:
            return RunState(row.state), _output(engine, run_id)
        left = deadline - time.monotonic()
        if left <= 0 or engine.pulse.stopping:
            return None
        seen = engine.pulse.wait(run_id, seen, min(left, LOOK))


def _output(engine: Engine, run_id: int) -> Any:
    _, entries = history.read(engine.database, [run_id])[run_id]
    return next((one.value for one in reversed(entries) if one.kind == "output"), None)

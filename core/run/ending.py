"""How a run ends: its output, its deadline, and what is told of it."""

from dataclasses import replace
from typing import Any

from nexus.core.flow.nodes import ExprError
from nexus.core.model import ids
from nexus.core.model.effect import EffectState
from nexus.core.model.event import Event
from nexus.core.model.run import Entry, Fault
from nexus.core.run.live import Effect, Failed, Finished, Live, Parked, Sliced, Stop


def finish(live: Live, stop: Stop) -> Stop:
    """Hold a stop against the flow's deadline, and make the output of a run that is done."""
    if isinstance(stop, Finished):
        return stop if live.plan.output is None else _give(live)
    if live.plan.flow.deadline and not live.undoing:
        return _in_time(live, stop)
    return stop


def _give(live: Live) -> Stop:
    assert live.plan.output is not None
    try:
        live.output = live.plan.output(live.context)
    except ExprError as error:
        return Failed(Fault("expression", f"The flow's `output` cannot be computed: {error}"))
    live.entries.append(Entry("", "output", live.now, live.output))
    return Finished()


def overdue(live: Live) -> Stop | None:
    """Return how a run ends whose time is over; None while it may go on.

    A run that does not know what became of an effect goes on until it knows; one that takes back
    what it did has all the time that it needs.
    """
    deadline = live.plan.flow.deadline
    if not deadline or live.undoing or live.now < live.began + deadline or _in_doubt(live):
        return None
    op = live.op
    words = "The run was not over by its deadline."
    fault = Fault("deadline", words, op.step if op else "", "Trying again gives it the time anew.")
    live.note(fault.step, "failed", fault)
    return Failed(fault)


def _in_doubt(live: Live) -> bool:
    return any(held.state == EffectState.INTENT for held in live.effects.values())


def _in_time(live: Live, stop: Stop) -> Stop:
    if isinstance(stop, Effect | Parked | Sliced):
        if (over := overdue(live)) is not None:
            return over
        end = live.began + live.plan.flow.deadline
        if isinstance(stop, Parked) and live.now < end < stop.due:
            return replace(stop, due=end)
    return stop


def ended_data(run_id: int, fault: Fault | None, output: Any) -> dict[str, Any]:
    """Return what is told of a run that is over to the run that started it."""
    told = {"run": ids.write("run", run_id), "output": output}
    return told if fault is None else told | {"fault": _told(fault)}


def failed_data(live: Live, fault: Fault) -> dict[str, Any]:
    """Return what flows that look after failures are told."""
    event: Event = live.event
    return {
        "run": ids.write("run", live.id),
        "flow": live.plan.flow.id,
        "name": live.plan.flow.name,
        "version": live.plan.version,
        "key": live.key or "",
        "fault": _told(fault),
        "event": {"id": ids.write("evt", event.id), "type": event.type, "data": event.data},
    }


def _told(fault: Fault) -> dict[str, str]:
    return {"code": fault.code, "message": fault.message, "step": fault.step, "hint": fault.hint}

"""Which connections a flow's steps name, and which effects they may have."""

from collections.abc import Iterable

from nexus.core.flow.plan import Call, Plan
from nexus.core.model.flow import Step


def connections_of(steps: Iterable[Step]) -> set[str]:
    """Return the connections that steps name, nested ones included."""
    found = set()
    for step in steps:
        found |= {step.connection} if step.connection else set()
        found |= {step.undo.connection} if step.undo and step.undo.connection else set()
        for lane in step.ways:
            found |= connections_of(lane.do)
    return found


def types_heard(steps: Iterable[Step]) -> set[str]:
    """Return the event types that steps listen for, nested ones included."""
    found = set()
    for step in steps:
        found |= {step.body["listen"]["event"]} if step.kind == "listen" else set()
        for lane in step.ways:
            found |= types_heard(lane.do)
    return found


def effects_in(plan: Plan) -> set[str]:
    """Return the classes of effects that a plan's steps may have."""
    calls = [op for op in plan.ops if isinstance(op, Call)]
    undos = [call.undo for call in calls if call.undo is not None]
    return {str(call.action.effect) for call in (*calls, *undos)} - {"pure"}

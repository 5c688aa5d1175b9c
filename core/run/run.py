"""Advance a run: do instruction after instruction until something must be written down."""

from typing import Any

from nexus.core.flow.nodes import ExprError
from nexus.core.flow.plan import For, Guard, Op, Try
from nexus.core.model.run import Fault
from nexus.core.run.item import hide_item
from nexus.core.run.live import Failed, Finished, Live, NeedsPerson, Sliced, Stop
from nexus.core.run.step import do
from nexus.core.run.trouble import Broken
from nexus.core.run.undo import next_undo

ADMISSION = 200
SLICE = 5_000


def advance(live: Live, budget: int = SLICE) -> Stop:
    """Do instructions until the run ends, must stop, or has used up `budget` of them."""
    if live.undoing:
        return next_undo(live)
    ops = live.plan.ops
    while live.pc < len(ops):
        if budget <= 0:
            return Sliced()
        budget -= 1
        op = ops[live.pc]
        try:
            stop = do(live, op) if op.condition is None or _wanted(live, op) else None
        except Broken as broken:
            stop = fail(live, broken.fault)
        if stop is not None:
            return stop
    return Finished()


def _wanted(live: Live, op: Op) -> bool:
    """Check the step's `if`, once, when the run first comes to it."""
    if live.attempt or live.since:
        return True
    if _holds(live, op):
        return True
    live.note(op.step, "skipped")
    live.go(op.skip)
    return False


def _holds(live: Live, op: Op) -> bool:
    assert op.condition is not None
    try:
        return op.condition(live.context) is True
    except ExprError as error:
        raise Broken(Fault("expression", str(error), op.step)) from None
    except Exception as error:
        words = f"The step's `if` broke in a way it should not: {type(error).__name__}: {error}"
        raise Broken(Fault("internal_error", words, op.step)) from error


def fail(live: Live, fault: Fault) -> Stop | None:
    """Let the innermost try that wants this fault catch it; without one the run fails here.

    The frames stay as they are when nobody catches, so that a retry begins at this very step.
    """
    if live.undoing:
        return NeedsPerson(fault, sure=True)
    live.note(fault.step, "failed", fault)
    depth = _catcher(live, fault)
    if depth is None:
        return Failed(fault)
    guard = live.plan.ops[live.frames[depth].pc]
    if isinstance(guard, Guard) and guard.act in ("stop", "undo"):
        fault.undo = guard.act == "undo"
        return Failed(fault)
    while len(live.frames) > depth + 1:
        _abandon(live)
    frame, _ = live.leave()
    op = live.plan.ops[frame.pc]
    assert isinstance(op, Try)
    _catch(live, op, {"code": fault.code, "message": fault.message, "step": fault.step})
    return None


def _catch(live: Live, op: Try, caught: dict[str, Any]) -> None:
    is_guard = isinstance(op, Guard)
    if op.name:
        live.context[op.name] = caught
    live.steps[op.step] = None if is_guard else {"failed": True}
    live.note(op.step, "handled" if is_guard else "caught", caught)
    live.go(op.catch)


def _catcher(live: Live, fault: Fault) -> int | None:
    for depth in range(len(live.frames) - 1, -1, -1):
        op = live.plan.ops[live.frames[depth].pc]
        if isinstance(op, Try) and (not op.on or fault.code in op.on):
            return depth
    return None


def _abandon(live: Live) -> None:
    """Leave the innermost frame without finishing it."""
    frame, _ = live.leave()
    op = live.plan.ops[frame.pc]
    if isinstance(op, For):
        live.quiet -= op.pure
        hide_item(live, op)
        for step in op.ids:
            live.steps.pop(step, None)


def take_key(live: Live) -> Fault | None:
    """Compute the run's business key; returns why it cannot be computed."""
    if live.plan.key is None:
        return None
    try:
        key = live.plan.key(live.context)
    except Exception as error:  # noqa: BLE001 - whatever it was, it fails this run only
        return Fault("expression", f"The flow's `key` cannot be computed: {error}")
    live.key = None if key is None else str(key)[:200]
    return None

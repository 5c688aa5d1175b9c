"""Do one instruction of a plan: move the run on, or say why it must stop.

Before this: `run.advance` chose the instruction. After it: `effect.perform` calls the module's
action, and `change.write_down` records what happened.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from nexus.core.clock import FixedClock
from nexus.core.flow import plan as ops
from nexus.core.flow.decision.decide import Undecided
from nexus.core.flow.nodes import ExprError
from nexus.core.model import ids
from nexus.core.model.run import Entry, Fault
from nexus.core.run import hear
from nexus.core.run.item import hide_item, show_item
from nexus.core.run.live import Effect, Live, Loop, Stop
from nexus.core.run.take_up import take_up
from nexus.core.run.trouble import Broken
from nexus.core.sdk import Context, Trouble

CHUNK = 100
MAX_ITEMS = 10_000

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


def do(live: Live, op: ops.Op) -> Stop | None:
    """Do one instruction.

    Returns:
        None when the run moved on, else what it must stop for.

    Raises:
        Broken: The step failed.
    """
    try:
        return DO[type(op)](live, op)
    except ExprError as error:
        raise Broken(Fault("expression", str(error), op.step)) from None
    except Trouble as trouble:
        raise Broken(Fault(trouble.code, str(trouble), op.step, trouble.hint)) from None
    except Broken:
        raise
    except Exception as error:
        words = f"The step broke in a way it should not: {type(error).__name__}: {error}"
        raise Broken(Fault("internal_error", words, op.step)) from error


def _set(live: Live, op: ops.Set) -> None:
    live.finish(op.step, op.value(live.context))


def _switch(live: Live, op: ops.Switch) -> None:
    for case in op.cases:
        if case.condition is None or case.condition(live.context) is True:
            live.finish(op.step, {"case": case.name})
            live.go(case.pc)
            return
    live.finish(op.step, {"case": None})
    live.go(op.end)


def _call(live: Live, op: ops.Call) -> Stop | None:
    if op.action.effect == "pure":
        given = op.arguments(live.context)
        output = op.action.call(_pure_context(live, op), given)
        live.finish(op.step, decode(encode(output)), given)
        return None
    held = live.effects.get((op.step, live.turn))
    if held is None or not held.request:
        request = encode(op.arguments(live.context))
        return Effect(op, live.turn, 1, held.rerun if held else 0, request)
    return take_up(live, op, held)


def _pure_context(live: Live, op: ops.Call) -> Context:
    """A pure action sees its arguments and the recorded time, nothing else."""
    return Context(run=ids.write("run", live.id), step=op.step, clock=FixedClock(live.now))


def _for(live: Live, op: ops.For) -> None:
    items = op.items(live.context)
    items = [] if items is None else items
    if not isinstance(items, list):
        raise Broken(Fault("not_a_list", "A loop needs a list to go through.", op.step))
    if len(items) > MAX_ITEMS:
        words = f"The list has {len(items)} items; a loop takes {MAX_ITEMS} at most."
        raise Broken(Fault("too_many_items", words, op.step))
    loop = Loop(items, [])
    live.enter(loop)
    live.quiet += op.pure
    if items:
        show_item(live, op, loop, 0)
        live.go(op.body)
    else:
        _close_loop(live, op)


def _next(live: Live, op: ops.Next) -> None:
    loop_op = live.plan.ops[op.loop]
    loop = live.loops[-1]
    assert isinstance(loop_op, ops.For) and loop is not None
    steps = live.steps
    loop.outputs.append({step: steps.pop(step) for step in loop_op.ids if step in steps})
    index = live.next_turn()
    if index < len(loop.items):
        if index % CHUNK == 0:
            _write_chunk(live, loop_op, loop)
        show_item(live, loop_op, loop, index)
        live.go(loop_op.body)
    else:
        _close_loop(live, loop_op)


def _write_chunk(live: Live, op: ops.For, loop: Loop) -> None:
    """Note the turns of a pure loop that no journal row holds yet."""
    if op.pure and live.quiet == 1 and loop.written < len(loop.outputs):
        turn = live.turn.rpartition(".")[0]
        values = loop.outputs[loop.written :]
        live.entries.append(Entry(op.step, "chunk", live.now, values, turn, loop.written))
        loop.written = len(loop.outputs)


def _close_loop(live: Live, op: ops.For) -> None:
    loop = live.loops[-1]
    assert loop is not None
    _write_chunk(live, op, loop)
    live.leave()
    live.quiet -= op.pure
    hide_item(live, op)
    count = len(loop.outputs)
    live.note(op.step, "done", {"count": count})
    live.steps[op.step] = {"items": loop.outputs, "count": count}
    live.go(op.end)


def _try(live: Live, op: ops.Try) -> None:
    live.enter(None)
    live.go(live.pc + 1)


def _end_try(live: Live, op: ops.EndTry) -> None:
    live.leave()
    live.finish(op.step, {"failed": False})
    live.go(op.end)


def _end_guard(live: Live, op: ops.EndGuard) -> None:
    live.leave()
    live.go(op.end)


def _decide(live: Live, op: ops.Decide) -> None:
    given = op.arguments(live.context)
    try:
        live.finish(op.step, op.decide(given), given)
    except Undecided as error:
        raise Broken(Fault(error.code, error.message, op.step, error.hint)) from None


def _raise(live: Live, op: ops.Raise) -> Stop | None:
    raise Broken(Fault(op.code, str(op.message(live.context)), op.step))


def _goto(live: Live, op: ops.Goto) -> None:
    live.go(op.pc)


DO: dict[type[ops.Op], Callable[[Live, Any], Stop | None]] = {
    ops.Set: _set,
    ops.Switch: _switch,
    ops.Call: _call,
    ops.For: _for,
    ops.Next: _next,
    ops.Try: _try,
    ops.EndTry: _end_try,
    ops.Guard: _try,
    ops.EndGuard: _end_guard,
    ops.Decide: _decide,
    ops.Wait: hear.wait,
    ops.Listen: hear.listen,
    ops.Emit: hear.emit,
    ops.Run: hear.run,
    ops.Raise: _raise,
    ops.Goto: _goto,
}

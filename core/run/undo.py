"""Take a run back: what its steps owe is sent in reverse, each as an effect of its own.

A step with an `undo` leaves the ready request in the ledger when it is done (state `owed`), in the
same commit. From then on nothing has to be worked out again: undoing a run sends what is owed,
newest first, each under its own key, through the same intent, retry and doubt as any effect. An
undo that fails stops the run for a person; what is still owed stays in the ledger.
"""

from typing import Any

import msgspec

from nexus.core.flow.nodes import ExprError
from nexus.core.flow.plan import Call
from nexus.core.flow.undo import undo_of, undone_step
from nexus.core.model.effect import EffectState
from nexus.core.model.run import Entry, Fault
from nexus.core.run.live import Effect, Held, Live, NeedsPerson, Stop, Undone
from nexus.core.run.take_up import take_up
from nexus.core.run.trouble import Broken
from nexus.core.store.statements import NEW_EFFECT, Write

encode = msgspec.json.Encoder().encode
Key = tuple[str, str]


def owe(live: Live, effect: Effect) -> None:
    """Work out, now that an effect is done, what would take it back; most steps do not say."""
    op = effect.op
    if op.undo is None:
        return
    try:
        effect.undo = encode(op.undo.arguments(live.context))
    except (ExprError, TypeError, ValueError) as error:
        fault = Fault("expression", f"What takes it back cannot be worked out: {error}", op.step)
        forsake(live, effect, fault)
        return
    last = max((held.at for key, held in live.effects.items() if undone_step(key[0])), default=0)
    held = Held(int(EffectState.OWED), 0, 0, max(live.now, last + 1), effect.undo)
    live.effects[undo_of(op.step), effect.turn] = held


def forsake(live: Live, effect: Effect, fault: Fault) -> None:
    """Note that a step cannot be taken back, and why."""
    name = undo_of(effect.op.step)
    effect.undo = b""
    live.effects.pop((name, effect.turn), None)
    live.entries.append(Entry(name, "failed", live.now, fault, effect.turn))


def owed_row(live: Live, effect: Effect) -> tuple[Write, tuple[Any, ...]]:
    """Return the write that keeps what takes an effect back in the ledger."""
    op, name = effect.op.undo, undo_of(effect.op.step)
    assert op is not None
    at = live.effects[name, effect.turn].at
    state = int(EffectState.OWED)
    where = (live.id, name, effect.turn)
    return NEW_EFFECT, (*where, op.action.effect, state, 0, 0, at, "", effect.undo)


def wants_undo(live: Live, fault: Fault) -> bool:
    """Say whether a run that fails so takes itself back."""
    return not live.undoing and (fault.undo or live.plan.flow.undo)


def begin_undo(live: Live, fault: Fault | None) -> Stop:
    """Turn round: from here on the run only takes back what it did."""
    live.undoing, live.why = True, fault
    live.frames, live.loops, live.quiet, live.turn = [], [], 0, ""
    live.attempt = live.since = 0
    live.note(fault.step if fault else "", "undo", fault)
    return next_undo(live)


def next_undo(live: Live) -> Stop:
    """Return the next thing to take back: what was begun first of all, then the newest."""
    owed = [(key, held) for key, held in live.effects.items() if undone_step(key[0])]
    if not owed:
        return Undone(live.why)
    (name, turn), held = max(owed, key=_urgency)
    live.turn = turn
    try:
        return take_up(live, _call(live, name), held)
    except Broken as broken:
        return NeedsPerson(broken.fault, sure=True)


def _urgency(one: tuple[Key, Held]) -> tuple[bool, int, Key]:
    key, held = one
    return held.state != EffectState.OWED, held.at, key


def _call(live: Live, name: str) -> Call:
    step = undone_step(name)
    for op in live.plan.ops:
        if isinstance(op, Call) and op.step == step and op.undo is not None:
            return op.undo
    raise LookupError(f"the plan has no undo of the step {step}")

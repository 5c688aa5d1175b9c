"""Turn where a run stopped into the rows that the committer writes."""

from typing import Any

import msgspec

from nexus.core.model.effect import EffectState
from nexus.core.model.event import Event
from nexus.core.model.run import Fault, RunState
from nexus.core.run.hear import stop_listening
from nexus.core.run.live import Effect, Failed, Finished, Live, NeedsPerson, Parked, Stop, Undone
from nexus.core.store.history import record
from nexus.core.store.statements import (
    END_LISTENER,
    LATE_EFFECT,
    MOVE_RUN,
    NEW_EFFECT,
    NEW_EVENT,
    NEW_LISTENER,
    NEW_RUN,
    REDO_EFFECT,
    SETTLE_EFFECT,
)
from nexus.core.store.ticket import Change

encode = msgspec.json.Encoder().encode
Row = tuple[Any, ...]


def new_event(event: Event) -> Change:
    """Return the write that accepts an event."""
    row = (
        event.id,
        event.source,
        event.type,
        event.subject,
        event.time,
        event.received,
        event.dedupe,
        encode(event.data),
        event.hops,
    )
    return [(NEW_EVENT, row)]


def write_down(live: Live, stop: Stop, me: int) -> Change:
    """Return everything that must be durable before the run may do what `stop` says."""
    change: Change = [_run(live, stop, me)]
    if isinstance(stop, Effect):
        change.append(_intent(live, stop))
        live.note(stop.op.step, "intent")
    if isinstance(stop, NeedsPerson):
        live.note(stop.fault.step, "failed" if stop.sure else "doubt", stop.fault)
        if stop.attempt:
            change.append(_doubt(live, stop))
    if live.ears or live.deaf:
        change += _listening(live, stop)
    if live.entries:
        change.append(record(live.id, live.seq, live.entries))
        live.seq += 1
        live.entries = []
    live.admitted = True
    return change


def _listening(live: Live, stop: Stop) -> Change:
    """Return the writes that begin and end listening; without steps to come it listens no more."""
    if live.undoing or isinstance(stop, Finished | Failed):
        for place in [*(live.ears or ())]:
            stop_listening(live, place)
    change: Change = [(END_LISTENER, (live.id, *place)) for place in live.deaf or ()]
    if live.deaf:
        live.deaf.clear()
    for (step, turn), ear in (live.ears or {}).items():
        if not ear.written:
            ear.written = True
            change.append((NEW_LISTENER, (live.id, step, turn, ear.topic, ear.after, None)))
    return change


def settle(live: Live, effect: Effect, state: EffectState) -> tuple[Any, Row]:
    """Return the write that says how an effect ended."""
    return SETTLE_EFFECT, (int(state), effect.attempt, live.id, effect.op.step, effect.turn)


def settle_late(live: Live, effect: Effect, state: EffectState) -> Change:
    """Return the write that keeps how an effect ended although its run was taken from us.

    It changes nothing when whoever holds the run now has tried the effect again.
    """
    ended = EffectState.LATE if state is EffectState.DONE else state
    where = (live.id, effect.op.step, effect.turn, int(EffectState.INTENT), effect.attempt)
    return [(LATE_EFFECT, (int(ended), *where))]


def _doubt(live: Live, stop: NeedsPerson) -> tuple[Any, Row]:
    where = (live.id, stop.fault.step, live.turn)
    return SETTLE_EFFECT, (int(EffectState.UNKNOWN), stop.attempt, *where)


def _intent(live: Live, effect: Effect) -> tuple[Any, Row]:
    if effect.attempt > 1:
        return settle(live, effect, EffectState.INTENT)
    op, where = effect.op, (live.id, effect.op.step, effect.turn)
    now = (int(EffectState.INTENT), 1, effect.rerun, live.now, effect.pin, effect.request)
    if where[1:] in live.effects:
        return REDO_EFFECT, (*now, *where)
    return NEW_EFFECT, (*where, op.action.effect, *now)


def _run(live: Live, stop: Stop, me: int) -> tuple[Any, Row]:
    state, due, fault = _where(stop)
    awaits = stop.awaits if isinstance(stop, Parked) else None
    over = state.is_over
    op = live.op
    moved = (
        int(state),
        me if state is RunState.RUNNING else None,
        due,
        live.now if over else None,
        op.step if op else None,
        None if state is RunState.DONE else encode(live.position),
        encode(fault) if fault else None,
        awaits,
    )
    if live.admitted:
        return MOVE_RUN, (*moved, live.id, me, live.epoch)
    flow = (live.id, live.plan.flow.id, live.plan.version_id, live.event.id)
    state_, owner, due, ended, *rest = moved
    return NEW_RUN, (*flow, state_, 1, owner, due, ended, live.key, *rest)


def _where(stop: Stop) -> tuple[RunState, int | None, Fault | None]:
    match stop:
        case Finished():
            return RunState.DONE, None, None
        case Failed(fault):
            return RunState.FAILED, None, fault
        case Undone(fault):
            return RunState.UNDONE, None, fault
        case NeedsPerson(fault):
            return RunState.NEEDS_PERSON, None, fault
        case Parked(due, fault):
            return RunState.WAITING, due, fault
        case _:
            return RunState.RUNNING, None, None

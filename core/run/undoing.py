"""Say in plain words what undoing a run would take back, and what stays done."""

from typing import Any

from nexus.core.flow.plan import Call, Plan
from nexus.core.flow.undo import undo_of, undone_step
from nexus.core.model.effect import EffectState
from nexus.core.model.view import UndoRow
from nexus.core.run.view import walk

TOOK_PLACE = (EffectState.DONE, EffectState.LATE)
IN_DOUBT = (EffectState.UNKNOWN, EffectState.INTENT)
STAYS = {
    "notify": "It was sent, and what was sent cannot be taken back.",
    "money": "It moved money, and the step does not say how to move it back.",
    "destructive": "It removed something, and the step does not say how to bring it back.",
    "write": "It changed something, and the step does not say how to change it back.",
}


def can_be_undone(rows: list[UndoRow]) -> bool:
    """Say whether there is anything to take back."""
    return any(row.can for row in rows)


def undo_rows(plan: Plan, effects: list[Any]) -> list[UndoRow]:
    """Return one row for each effect that took place or may have, newest first."""
    known = {(one.step, one.turn): one for one in effects}
    calls = {op.step: op for op in plan.ops if isinstance(op, Call)}
    mine = [one for one in effects if not undone_step(one.step) and one.step in calls]
    titles = {place.step.id: place.step.title for place in walk(plan.flow.do)}
    rows = []
    for one in sorted(mine, key=lambda one: one.at, reverse=True):
        told = _tell(calls[one.step], one, known.get((undo_of(one.step), one.turn)))
        if told is not None:
            can, says = told
            title = titles.get(one.step, one.step)
            rows.append(UndoRow(step=one.step, turn=one.turn, title=title, can=can, says=says))
    return rows


def _tell(call: Call, done: Any, undo: Any | None) -> tuple[bool, str] | None:
    """Say what becomes of one effect; None when nothing of it is left to see to."""
    if done.kind == "read" or done.state not in (*TOOK_PLACE, *IN_DOUBT):
        return None
    if done.state in IN_DOUBT:
        return False, "Nobody knows whether it took place. Look at the provider first."
    if call.undo is None:
        return False, STAYS[done.kind]
    return _promise(call.undo.action.title, undo)


def _promise(title: str, undo: Any | None) -> tuple[bool, str]:
    if undo is None:
        return False, f"What {title} needs was not kept when the step ended, so it stays done."
    if undo.state == EffectState.DONE:
        return False, f"It was taken back already: {title}."
    if undo.state in IN_DOUBT:
        return True, f"{title} was begun and is not known to have ended; it is taken up again."
    return True, f"It will be taken back: {title}."

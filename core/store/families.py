"""Runs that runs started and wait for: they are cancelled together."""

from typing import Any

from sqlalchemy import func, insert, select, update

from nexus.core.model import ids
from nexus.core.model.event import CALLED
from nexus.core.model.run import Entry, RunState
from nexus.core.store.history import record
from nexus.core.store.listeners import forget_listeners
from nexus.core.store.statements import NEW_EVENT
from nexus.core.store.tables import event, journal, run
from nexus.core.store.ticket import Execute, Work

OPEN = (RunState.READY, RunState.RUNNING, RunState.WAITING, RunState.NEEDS_PERSON)
CANCELLED = {"state": int(RunState.CANCELLED), "due": None, "owner": None}


def when(done: Work, *then: Work) -> Work:
    """Return work that goes on only when its first part did something."""

    def work(execute: Execute) -> Any:
        answer = done(execute)
        if answer:
            for each in then:
                each(execute)
        return answer

    return work


def accept(row: tuple[Any, ...]) -> Work:
    """Take an event in, as the committer's own write would."""
    values = dict(zip(NEW_EVENT.names, row, strict=True))
    return lambda execute: execute(insert(event).values(values))


def cancel_below(run_id: int, now: int) -> Work:
    """Cancel the runs that a run waits for, and those that they wait for; says whether any."""

    def work(execute: Execute) -> bool:
        found = _children(execute, run_id)
        for child in found:
            _cancel(execute, child, now)
            cancel_below(child, now)(execute)
        return bool(found)

    return work


def _children(execute: Execute, run_id: int) -> list[int]:
    mine = (event.c.source == f"run:{ids.write('run', run_id)}") & (event.c.type == CALLED)
    named = mine & event.c.dedupe.is_not(None)  # the index that finds them has no others
    states = run.c.state.in_([int(state) for state in OPEN])
    rows = execute(select(run.c.id).join(event, event.c.id == run.c.event_id).where(named, states))
    return [row[0] for row in rows]


def _cancel(execute: Execute, run_id: int, now: int) -> None:
    values = CANCELLED | {"ended": now, "epoch": run.c.epoch + 1}
    execute(update(run).where(run.c.id == run_id).values(values))
    forget_listeners(run_id)(execute)
    newest = select(func.coalesce(func.max(journal.c.seq), -1) + 1)
    seq = execute(newest.where(journal.c.run_id == run_id))[0][0]
    told = {"did": "cancel", "by": "the run that started it", "via": "run"}
    _, row = record(run_id, seq, [Entry("", "person", now, told)])
    execute(insert(journal).values(run_id=row[0], seq=row[1], entries=row[2]))

"""Listening: an event and the runs that it wakes change in one transaction.

An event that comes wakes whoever listens; a run that begins to listen looks whether the event came
before. Both look after they have written, and only one transaction writes at a time, so that none
of the two can miss the other.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    LABEL_STYLE_TABLENAME_PLUS_COL,
    delete,
    func,
    insert,
    select,
    update,
)

from nexus.core.model.run import RunState
from nexus.core.store.database import Database
from nexus.core.store.tables import early, event, heard_type, listener, run
from nexus.core.store.ticket import Execute, Work

AT_ONCE = 500
MOST_EARLY = 1_000_000


def together(works: Sequence[Work]) -> Work | None:
    """Return works as one that answers whether one of them did."""
    if len(works) < 2:
        return works[0] if works else None

    def work(execute: Execute) -> bool:
        answers = [one(execute) for one in works]
        return any(answers)

    return work


def hear(topic: bytes, event_id: int, keep: bool) -> Work:
    """Wake the runs that listen for a topic; with `keep`, later listeners find the event too."""

    def work(execute: Execute) -> bool:
        here = (listener.c.topic == topic) & listener.c.event_id.is_(None)
        took = update(listener).where(here).values(event_id=event_id)
        ears = execute(took.returning(listener.c.run_id))
        for start in range(0, len(ears), AT_ONCE):
            _wake(execute, [row[0] for row in ears[start : start + AT_ONCE]])
        if keep:
            execute(insert(early).values(topic=topic, event_id=event_id))
        return bool(ears)

    return work


def hark(run_id: int) -> Work:
    """Give a run that begins to listen the first event that came before; says whether one did."""
    mine = listener.c.run_id == run_id

    def work(execute: Execute) -> bool:
        columns = (listener.c.step, listener.c.turn, listener.c.topic, listener.c.after)
        for step, turn, topic, after in execute(
            select(*columns).where(mine, listener.c.event_id.is_(None))
        ):
            first = select(func.min(early.c.event_id))
            found = execute(first.where(early.c.topic == topic, early.c.event_id > after))[0][0]
            if found is not None:
                place = (listener.c.step == step) & (listener.c.turn == turn)
                execute(update(listener).where(mine, place).values(event_id=found))
        if not execute(select(listener.c.step).where(mine, listener.c.event_id.is_not(None))):
            return False
        _wake(execute, [run_id])
        return True

    return work


def _wake(execute: Execute, run_ids: list[int]) -> None:
    """Make waiting runs ready; their time-outs go with it."""
    waiting = run.c.id.in_(run_ids) & (run.c.state == int(RunState.WAITING))
    execute(update(run).where(waiting).values(state=int(RunState.READY), due=None))


def forget_listeners(run_id: int) -> Work:
    """Take away all that a run listens for."""
    return lambda execute: execute(delete(listener).where(listener.c.run_id == run_id))


def load_listeners(database: Database, run_ids: Sequence[int]) -> list[Any]:
    """Return what runs listen for, with the event that each heard (columns `event_…`), if any."""
    statement = (
        select(listener, event)
        .outerjoin(event, event.c.id == listener.c.event_id)
        .where(listener.c.run_id.in_(run_ids))
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    )
    return database.rows(statement)


def heard_types(database: Database) -> frozenset[str]:
    """Return the event types that some version of some flow listens for."""
    return frozenset(row.type for row in database.rows(select(heard_type)))


def prune_early(before: int) -> Work:
    """Forget events that came before an id, and the oldest of more than a million."""

    def work(execute: Execute) -> bool:
        execute(delete(early).where(early.c.event_id < before))
        oldest = select(early.c.event_id).order_by(early.c.event_id.desc()).offset(MOST_EARLY)
        for (limit,) in execute(oldest.limit(1)):
            execute(delete(early).where(early.c.event_id <= limit))
        return True

    return work

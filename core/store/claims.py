"""Claim runs in batches: each claim raises the epoch, so that the former holder is fenced off."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    LABEL_STYLE_TABLENAME_PLUS_COL,
    ColumnElement,
    insert,
    or_,
    select,
    update,
)

from nexus.core.model.effect import EffectState
from nexus.core.model.run import RunState
from nexus.core.store.database import Database
from nexus.core.store.tables import effect, event, run, worker
from nexus.core.store.ticket import Execute, Work

BATCH = 500


def register(database: Database, pid: int, now: int, alone: bool) -> int:
    """Enter this process in the worker table and return its number.

    `alone` says that we hold the data folder's lock: every earlier worker is gone, and its runs
    need not wait for the lease to end.
    """
    with database.write() as connection:
        if alone:
            connection.execute(update(worker).where(worker.c.ended.is_(None)).values(ended=now))
        row = {"pid": pid, "started": now, "heartbeat": now}
        key = connection.execute(insert(worker).values(row)).inserted_primary_key
        assert key is not None
        return int(key[0])


def beat(me: int, now: int) -> Work:
    """Say that this worker lives."""
    return lambda execute: execute(update(worker).where(worker.c.id == me).values(heartbeat=now))


def sign_off(me: int, now: int) -> Work:
    """Say that this worker ended; its runs are free at once."""
    return lambda execute: execute(update(worker).where(worker.c.id == me).values(ended=now))


def claim_due(me: int, now: int, limit: int = BATCH) -> Work:
    """Take runs that are ready or whose wait is over; returns their ids, longest due first."""
    due = (run.c.state == int(RunState.WAITING)) & (run.c.due <= now)
    return _claim(me, or_(run.c.state == int(RunState.READY), due), limit)


def has_orphans(database: Database, me: int, stale: int) -> bool:
    """Say whether `claim_orphans` would find any, without a write."""
    return database.one(select(run.c.id).where(_orphaned(me, stale)).limit(1)) is not None


def claim_orphans(me: int, stale: int) -> Work:
    """Take running runs whose worker ended or has not been heard of since `stale`."""
    return _claim(me, _orphaned(me, stale))


def _orphaned(me: int, stale: int) -> ColumnElement[bool]:
    gone = select(worker.c.id).where(
        worker.c.id != me, or_(worker.c.ended.is_not(None), worker.c.heartbeat < stale)
    )
    return (run.c.state == int(RunState.RUNNING)) & run.c.owner.in_(gone)


def _claim(me: int, which: ColumnElement[bool], limit: int = BATCH) -> Work:
    def work(execute: Execute) -> list[int]:
        found = select(run.c.id).where(which).order_by(run.c.due).limit(limit)
        ids = found.with_for_update(skip_locked=True).cte("ids")  # SQLite has one writer anyway
        taken = execute(
            update(run)
            .where(run.c.id.in_(select(ids.c.id)))
            .values(state=int(RunState.RUNNING), owner=me, epoch=run.c.epoch + 1, due=None)
            .returning(run.c.id)
        )
        return [row[0] for row in taken]

    return work


def set_aside(me: int, run_id: int, epoch: int | None, doubt: bool, **values: Any) -> Work:
    """Leave a run of ours where it last stood, with `values` telling why; answers whether it did.

    With `doubt` its open effects may have taken place, so that nobody sends them unasked.
    """
    held = [run.c.id == run_id, run.c.owner == me, run.c.state == int(RunState.RUNNING)]
    if epoch is not None:
        held.append(run.c.epoch == epoch)

    def work(execute: Execute) -> bool:
        moved = execute(update(run).where(*held).values(owner=None, **values).returning(run.c.id))
        if moved and doubt:
            open_ = (effect.c.run_id == run_id) & (effect.c.state == int(EffectState.INTENT))
            execute(update(effect).where(open_).values(state=int(EffectState.UNKNOWN)))
        return bool(moved)

    return work


def next_due(database: Database) -> int | None:
    """Return when the next parked run wakes; 0 when a run is ready now."""
    if database.one(select(run.c.id).where(run.c.state == int(RunState.READY)).limit(1)):
        return 0
    row = database.one(
        select(run.c.due).where(run.c.state == int(RunState.WAITING)).order_by(run.c.due).limit(1)
    )
    return row[0] if row else None


def load_runs(database: Database, ids: Sequence[int]) -> list[Any]:
    """Return the runs with their events."""
    statement = (
        select(run, event)
        .join(event, event.c.id == run.c.event_id)
        .where(run.c.id.in_(ids))
        .order_by(run.c.id)
        .set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)
    )
    return database.rows(statement)


def load_effects(database: Database, ids: Sequence[int]) -> list[Any]:
    """Return the effect ledger's rows of these runs."""
    return database.rows(select(effect).where(effect.c.run_id.in_(ids)))

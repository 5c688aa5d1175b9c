"""How much is under way, and for how long: figures that indexes of live runs answer."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from nexus.core.model import ids
from nexus.core.model.run import RunState
from nexus.core.store.database import FILE, Database
from nexus.core.store.tables import event, run, worker

UNDER_WAY = (RunState.READY, RunState.RUNNING, RunState.WAITING)
TROUBLE = (RunState.FAILED, RunState.NEEDS_PERSON)  # in the order of their index, which needs it


@dataclass(frozen=True, kw_only=True, slots=True)
class Oldest:
    """Since when the oldest of them waits to be driven; None when none does."""

    due: int | None
    ready: int | None


def live_counts(database: Database) -> dict[RunState, int]:
    """Return how many runs are in each state in which something may still happen."""
    counts = {state: _count(database, state) for state in UNDER_WAY}
    in_trouble = trouble(database)
    sums = {state: sum(one[state] for one in in_trouble.values()) for state in TROUBLE}
    return counts | sums


def trouble(database: Database) -> dict[str, dict[RunState, int]]:
    """Return, for each flow that has any, how many runs failed or need a person."""
    which = run.c.state.in_([int(state) for state in TROUBLE])
    statement = select(run.c.flow_id, run.c.state, func.count()).where(which)
    found: dict[str, dict[RunState, int]] = {}
    for row in database.rows(statement.group_by(run.c.flow_id, run.c.state)):
        flow_id, state, many = tuple(row)
        found.setdefault(flow_id, dict.fromkeys(TROUBLE, 0))[RunState(state)] = many
    return found


def _count(database: Database, state: RunState) -> int:
    row = database.one(select(func.count()).where(run.c.state.in_([int(state)])))
    return int(row[0]) if row else 0


def oldest(database: Database, now: int) -> Oldest:
    """Return since when the longest overdue and the longest queued run wait for a worker."""
    waiting = run.c.state == int(RunState.WAITING)
    due = database.one(select(func.min(run.c.due)).where(waiting, run.c.due <= now))
    ready = database.one(select(func.min(run.c.id)).where(run.c.state == int(RunState.READY)))
    begun = ids.moment_of(ready[0]) if ready and ready[0] else None
    return Oldest(due=due[0] if due else None, ready=begun)


def latest_moment(database: Database) -> int:
    """Return the latest moment that anything here was written at."""
    newest = database.one(select(func.max(event.c.id)))
    beat = database.one(select(func.max(worker.c.heartbeat)))
    told: list[Any] = [newest and newest[0] and ids.moment_of(newest[0]), beat and beat[0]]
    return max((int(one) for one in told if one), default=0)


def wal_size(database: Database) -> int:
    """Return how many bytes the write-ahead log takes; 0 where there is none."""
    try:
        return (database.folder / f"{FILE}-wal").stat().st_size
    except FileNotFoundError:
        return 0

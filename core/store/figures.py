"""How much is under way, and for how long: figures that indexes of live runs answer."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from nexus.core.model import ids
from nexus.core.model.run import RunState
from nexus.core.store.database import FILE, Database
from nexus.core.store.tables import event, run, worker

LIVE = (
    RunState.READY,
    RunState.RUNNING,
    RunState.WAITING,
    RunState.NEEDS_PERSON,
    RunState.FAILED,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Oldest:
    """Since when the oldest of them waits to be driven; None when none does."""

    due: int | None
    ready: int | None


def live_counts(database: Database) -> dict[RunState, int]:
    """Return how many runs are in each state in which something may still happen."""
    return {state: _count(database, state) for state in LIVE}


def _count(database: Database, state: RunState) -> int:
    # the number stands in the text, so that SQLite sees that the state's own index fits
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

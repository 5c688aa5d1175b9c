"""Runs as lists and pages read them, and the changes that a person makes."""

from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from nexus.core.model.effect import EffectState
from nexus.core.model.run import Entry, RunState
from nexus.core.store.claims import load_runs
from nexus.core.store.database import Database
from nexus.core.store.families import cancel_below, when
from nexus.core.store.history import record
from nexus.core.store.listeners import forget_listeners
from nexus.core.store.tables import effect, event, flow, journal, listener, run, version
from nexus.core.store.ticket import Execute, Work

_undoes = effect.c.step.startswith("undo:")  # its request was worked out long ago, and is kept
COLUMNS = (
    run,
    event.c.subject.label("subject"),
    event.c.received.label("received"),
    flow.c.name.label("flow_name"),
    version.c.number.label("version_number"),
)


def list_runs(
    database: Database,
    *,
    flow_id: str | None,
    state: RunState | None,
    text: str | None,
    before: int | None,
    limit: int,
) -> list[Any]:
    """Return runs, newest first; `text` is looked for in key, subject, event type and flow."""
    wanted: list[ColumnElement[bool]] = []
    if flow_id:
        wanted.append(run.c.flow_id == flow_id)
    if state:
        wanted.append(run.c.state == int(state))
    if before:
        wanted.append(run.c.id < before)
    if text:
        columns = (run.c.key, event.c.subject, event.c.type, flow.c.name)
        wanted.append(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    return database.rows(
        _joined().where(and_(True, *wanted)).order_by(run.c.id.desc()).limit(limit)
    )


def find_run(database: Database, run_id: int) -> Any | None:
    """Return one run as lists show it."""
    return database.one(_joined().where(run.c.id == run_id))


def run_with_event(database: Database, run_id: int) -> Any | None:
    """Return one run joined with its event (columns `run_…`, `event_…`)."""
    rows = load_runs(database, [run_id])
    return rows[0] if rows else None


def runs_of_event(database: Database, source: str, dedupe: str) -> tuple[int, list[int]] | None:
    """Return the event with this dedupe key and its runs."""
    row = database.one(select(event.c.id).where(event.c.source == source, event.c.dedupe == dedupe))
    if row is None:
        return None
    runs = database.rows(select(run.c.id).where(run.c.event_id == row.id).order_by(run.c.id))
    return row.id, [one.id for one in runs]


def _joined() -> Any:
    return (
        select(*COLUMNS)
        .join(event, event.c.id == run.c.event_id)
        .join(flow, flow.c.id == run.c.flow_id)
        .join(version, version.c.id == run.c.version_id)
    )


def cancel(run_id: int, now: int, entry: Entry) -> Work:
    """Cancel a run that is not over, and the runs it waits for; answers whether it did."""
    live = (RunState.READY, RunState.RUNNING, RunState.WAITING, RunState.NEEDS_PERSON)
    values = {"state": int(RunState.CANCELLED), "ended": now, "due": None, "owner": None}
    move = _by_person(run_id, live, values, entry)
    return when(move, forget_listeners(run_id), cancel_below(run_id, now))


def again(run_id: int, position: bytes, entry: Entry) -> Work:
    """Make a failed or doubtful run ready to go on from its step; answers whether it did.

    A refused effect is sent under a new key (its answer is known); one of unknown outcome keeps
    its key and body, and its tries are counted afresh.
    """
    held = (RunState.FAILED, RunState.NEEDS_PERSON)
    values = {"state": int(RunState.READY), "position": position, "fault": None, "ended": None}
    move = _by_person(run_id, held, values, entry)

    def work(execute: Execute) -> bool:
        mine = effect.c.run_id == run_id
        if not move(execute):
            return False
        refused = mine & (effect.c.state == int(EffectState.REFUSED))
        anew = {"rerun": effect.c.rerun + 1, "attempt": 0}
        execute(update(effect).where(refused, ~_undoes).values(**anew, request=b""))
        execute(update(effect).where(refused, _undoes).values(**anew, at=entry.at))
        doubtful = {"state": int(EffectState.INTENT), "attempt": 0, "at": entry.at}
        unknown = [int(EffectState.UNKNOWN), int(EffectState.INTENT)]
        execute(update(effect).where(mine, effect.c.state.in_(unknown)).values(doubtful))
        return True

    return work


def undo(run_id: int, position: bytes, entry: Entry) -> Work:
    """Let a run that nobody drives take back what it did; answers whether it will."""
    at_rest = (
        RunState.READY,
        RunState.WAITING,
        RunState.NEEDS_PERSON,
        RunState.DONE,
        RunState.FAILED,
        RunState.CANCELLED,
    )
    gone = {"fault": None, "ended": None, "due": None, "owner": None, "awaits": None}
    values = {"state": int(RunState.READY), "position": position, **gone}
    move = _by_person(run_id, at_rest, values, entry)
    return when(move, forget_listeners(run_id), cancel_below(run_id, entry.at))


def _by_person(
    run_id: int, states: tuple[RunState, ...], values: dict[str, Any], entry: Entry
) -> Work:
    def work(execute: Execute) -> bool:
        moved = execute(
            update(run)
            .where(run.c.id == run_id, run.c.state.in_([int(state) for state in states]))
            .values(epoch=run.c.epoch + 1, **values)
            .returning(run.c.id)
        )
        if moved:
            newest = select(func.coalesce(func.max(journal.c.seq), -1) + 1)
            seq = execute(newest.where(journal.c.run_id == run_id))[0][0]
            _, row = record(run_id, seq, [entry])
            execute(insert(journal).values(run_id=row[0], seq=row[1], entries=row[2]))
        return bool(moved)

    return work


def forget_run(run_id: int) -> Work:
    """Remove a run and all that hangs on it."""

    def work(execute: Execute) -> None:
        for table in (journal, effect, listener):
            execute(delete(table).where(table.c.run_id == run_id))
        execute(delete(run).where(run.c.id == run_id))

    return work

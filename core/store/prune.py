"""Remove what is over and too old, a few rows a commit, and give the room back to the disk."""

from contextlib import closing
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update

from nexus.core.model.run import RunState
from nexus.core.store.database import FILE, Database
from nexus.core.store.tables import effect, event, flow, journal, run
from nexus.core.store.ticket import Execute, Work

BATCH = 100  # runs or events a commit
PAGES = 64  # given back a time; some two milliseconds of the write lock
PAUSE = 0.003  # seconds in which others may have it
OVER = (RunState.DONE, RunState.CANCELLED, RunState.UNDONE)
FAILED = (*OVER, RunState.FAILED)
EMPTY = b"null"


def over_runs(
    database: Database,
    *,
    flow_id: str | None,
    begun: int,
    ended: int,
    after: int,
    failed: bool,
) -> list[int]:
    """Return a batch of runs that are over, oldest first.

    `begun` is the id before which they began, `ended` the moment before which they ended,
    `after` the id that the batch before ended with. A failed one counts only with `failed`.
    """
    states = [int(state) for state in (FAILED if failed else OVER)]
    wanted = [run.c.id > after, run.c.id < begun, run.c.state.in_(states), run.c.ended < ended]
    if flow_id is not None:
        wanted.append(run.c.flow_id == flow_id)
    rows = database.rows(select(run.c.id).where(*wanted).order_by(run.c.id).limit(BATCH))
    return [row.id for row in rows]


def remove_runs(ids: list[int], dedupe_from: int) -> Work:
    """Remove runs that are over with all that hangs on them; answers how many there were.

    Their events go too, unless another run has them. An event that came after `dedupe_from` only
    loses its data, so that its sender's repeats are still known.
    """

    def work(execute: Execute) -> int:
        states = [int(state) for state in FAILED]
        which = run.c.id.in_(ids) & run.c.state.in_(states)
        gone = execute(delete(run).where(which).returning(run.c.id, run.c.event_id))
        run_ids = [row[0] for row in gone]
        for table in (journal, effect):
            execute(delete(table).where(table.c.run_id.in_(run_ids)))
        _remove_events(execute, [row[1] for row in gone], dedupe_from)
        return len(run_ids)

    return work


def old_events(database: Database, before: int, after: int) -> list[int]:
    """Return a batch of events that started nothing that is still kept, oldest first."""
    wanted = (event.c.id > after, event.c.id < before, _is_free())
    rows = database.rows(select(event.c.id).where(*wanted).order_by(event.c.id).limit(BATCH))
    return [row.id for row in rows]


def remove_events(ids: list[int], dedupe_from: int) -> Work:
    """Remove events that started nothing that is still kept; answers how many were looked at."""

    def work(execute: Execute) -> int:
        _remove_events(execute, ids, dedupe_from)
        return len(ids)

    return work


def _remove_events(execute: Execute, ids: list[int], dedupe_from: int) -> None:
    free = event.c.id.in_(ids) & _is_free()
    known: ColumnElement[bool] = event.c.dedupe.is_not(None) & (event.c.received >= dedupe_from)
    execute(update(event).where(free, known).values(data=EMPTY))
    execute(delete(event).where(free, ~known))


def _is_free() -> ColumnElement[bool]:
    return ~exists().where(run.c.event_id == event.c.id)


def kept_flows(database: Database) -> list[str]:
    """Return the id of every flow."""
    return [row.id for row in database.rows(select(flow.c.id).order_by(flow.c.id))]


def size(database: Database) -> int:
    """Return how many bytes the data takes, what lies free inside the file left out."""
    if not is_file(database):
        return int(database.rows(select(func.pg_database_size(func.current_database())))[0][0])
    used = _pragma(database, "page_count") - _pragma(database, "freelist_count")
    return used * _pragma(database, "page_size")


def is_file(database: Database) -> bool:
    """Say whether the data lies in a file of ours, whose room we give back ourselves."""
    return bool(database.engine.dialect.name == "sqlite")


def file_size(database: Database) -> int:
    """Return how many bytes the database takes on the disk, its WAL included."""
    path = database.folder / FILE
    return sum(_bytes(path.with_name(FILE + ending)) for ending in ("", "-wal"))


def give_back(database: Database) -> bool:
    """Cut some free pages off the end of the file; False when none are left."""
    if not is_file(database) or not _pragma(database, "freelist_count"):
        return False
    with closing(database.engine.raw_connection()) as raw:
        connection: Any = raw.driver_connection
        connection.executescript(f"PRAGMA incremental_vacuum({PAGES})")  # it steps through all
    return True


def settle(database: Database) -> None:
    """Let the file become as small as what it holds; a busy moment is met again next time."""
    if not is_file(database):
        return
    with closing(database.engine.raw_connection()) as raw:
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(passive)")
        except DatabaseError as error:
            database.notice(error)


def _pragma(database: Database, name: str) -> int:
    with closing(database.engine.raw_connection()) as raw:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA {name}")
        ((value,),) = cursor.fetchall()
        return int(value)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

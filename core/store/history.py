"""A run's journal: append-only, one row per commit, many entries a row."""

from typing import Any

import msgspec
from sqlalchemy import func, select

from nexus.core.model.run import Entry
from nexus.core.store.database import Database
from nexus.core.store.statements import RECORD, Write
from nexus.core.store.tables import journal

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Entry]).decode


def record(run_id: int, seq: int, entries: list[Entry]) -> tuple[Write, tuple[Any, ...]]:
    """Return the write that adds `entries` to the run's journal as its row number `seq`."""
    return RECORD, (run_id, seq, _encode(entries))


def read(database: Database, run_ids: list[int]) -> dict[int, tuple[int, list[Entry]]]:
    """Return, for each run, the next free row number and all entries in order."""
    found: dict[int, tuple[int, list[Entry]]] = {run_id: (0, []) for run_id in run_ids}
    statement = (
        select(journal)
        .where(journal.c.run_id.in_(run_ids))
        .order_by(journal.c.run_id, journal.c.seq)
    )
    for row in database.rows(statement):
        entries = found[row.run_id][1]
        entries.extend(_decode(row.entries))
        found[row.run_id] = (row.seq + 1, entries)
    return found


def length(database: Database, run_id: int) -> int:
    """Return how many rows a run's journal has."""
    newest = select(func.coalesce(func.max(journal.c.seq), -1) + 1)
    row = database.one(newest.where(journal.c.run_id == run_id))
    return int(row[0]) if row else 0

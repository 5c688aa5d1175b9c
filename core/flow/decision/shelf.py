"""Give a flow the decision tables that its steps name."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from nexus.core.flow.decision.read import read_table
from nexus.core.model.decision import Table
from nexus.core.model.flow import Flow, Step
from nexus.core.store import decisions as store
from nexus.core.store.database import Database


def tables_of(steps: Iterable[Step]) -> Iterator[str]:
    """Yield the ids of the tables that steps name, nested ones included."""
    for step in steps:
        if step.kind == "decide":
            yield step.body["decide"]
        for lane in step.ways:
            yield from tables_of(lane.do)


def with_present(flow: Flow, database: Database) -> Flow:
    """Return the flow with its tables as they stand now; those that are missing stay missing."""
    wanted = set(tables_of(flow.do))
    if not wanted:
        return flow
    known = [row.id for row in store.all_decisions(database)]
    made = _read(store.sources(database, wanted))
    return replace(flow, tables=made, table_names=tuple(known))


def with_kept(flow: Flow, kept: bytes) -> Flow:
    """Return the flow with its tables as its version kept them."""
    return replace(flow, tables=_read(msgspec.json.decode(kept, type=dict[str, str])))


def keep(flow: Flow) -> bytes:
    """Return the flow's tables as a version keeps them: the words of each, by id."""
    return msgspec.json.encode({name: flow.tables[name].source for name in sorted(flow.tables)})


def hash_of(flow: Flow, source: str) -> str:
    """Return the content hash of a version: the flow's words, and those of its tables."""
    parts = (source, *(flow.tables[name].source for name in sorted(flow.tables)))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def words_of(version: Any) -> tuple[str, bytes, bytes]:
    """Return everything that a version's row says, to be held against what would be published."""
    return version.source, version.settings, version.tables


def _read(sources: Mapping[str, str]) -> dict[str, Table]:
    return {name: read_table(source, f"{name}.yaml") for name, source in sources.items()}

"""Flows and versions as rows: as lists show them, and as a draft is kept."""

from collections.abc import Sequence
from typing import Any

from nexus.core.flow.addresses import read_starts, write_starts
from nexus.core.model.action import Catalog
from nexus.core.model.actor import Actor
from nexus.core.model.flow import Flow, Step
from nexus.core.model.ids import moment_of
from nexus.core.model.problem import missing
from nexus.core.model.run import RunState
from nexus.core.model.view import FlowRow, VersionRow
from nexus.core.store import flows as store
from nexus.core.store.database import Database


class Rows:
    """Makes the rows of one list; reads what all of them need once."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._catalog = catalog
        self._strips = store.strips(database)
        self._counts = store.open_counts(database)

    def flow(self, row: Any) -> FlowRow:
        """Return a flow as the list shows it."""
        first = next((self._catalog.trigger(use) for use, _ in read_starts(row.starts)), None)
        strip = self._strips.get(row.id, [])
        counts = self._counts.get(row.id, {})
        return FlowRow(
            id=row.id,
            name=row.name,
            group=row.group_name,
            description=row.description,
            enabled=row.enabled,
            live=row.live_number,
            changed=not row.same,
            starts=first.title if first else "",
            icon=first.icon if first else "zap",
            steps=row.steps,
            strip=tuple(RunState(state) for _, state in reversed(strip)),
            last=moment_of(strip[0][0]) if strip else None,
            waiting=counts.get(int(RunState.WAITING), 0),
            failed=counts.get(int(RunState.FAILED), 0),
            needs_person=counts.get(int(RunState.NEEDS_PERSON), 0),
        )


def count_steps(steps: tuple[Step, ...]) -> int:
    """Count steps, nested ones included."""
    return sum(1 + sum(count_steps(lane.do) for lane in step.ways) for step in steps)


def draft_row(flow: Flow, source: bytes | str, actor: Actor, now: int) -> dict[str, Any]:
    """Return what a draft says, as the columns of its row."""
    return {
        "id": flow.id,
        "name": flow.name,
        "group_name": flow.group,
        "description": flow.description,
        "draft": source if isinstance(source, str) else source.decode(),
        "starts": write_starts(flow),
        "steps": count_steps(flow.do),
        "owner": actor.id,
        "created": now,
    }


def version_row(row: Any) -> VersionRow:
    """Return a version as the history shows it."""
    return VersionRow(
        number=row.number,
        published=row.published,
        by=row.published_by,
        note=row.note,
        hash=row.hash,
    )


def source_of(row: Any, history: Sequence[Any], number: int | None) -> tuple[str, int | None]:
    """Return a version's words, or the draft's with the version they were published as."""
    if number is None:
        live = next((one for one in history if one.id == row.live), None)
        return row.draft, live.number if live and live.source == row.draft else None
    found = next((one for one in history if one.number == number), None)
    if found is None:
        raise missing("version", f"{number} of the flow {row.id}")
    return found.source, number

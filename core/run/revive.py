"""Bring claimed runs back to memory: their place from the run row, their data from the journal."""

from collections import defaultdict
from typing import Any

import msgspec

from nexus.core.flow.plan import For, Guard, Listen, Plan, Try
from nexus.core.model import ids
from nexus.core.model.effect import EffectState
from nexus.core.model.event import Event, topic
from nexus.core.model.run import Entry, Fault, Frame, Position
from nexus.core.run.item import show_item
from nexus.core.run.live import Ear, Held, Live, Loop

_position = msgspec.json.Decoder(Position).decode
_json = msgspec.json.Decoder().decode


def revive(row: Any, plan: Plan, journal: tuple[int, list[Entry]], now: int) -> Live:
    """Return the run as it was when it last wrote something down.

    `row` is a run joined with its event (columns `run_…`, `event_…`).
    """
    live = Live(row.run_id, plan, read_event(row), now)
    live.epoch = row.run_epoch
    live.key = row.run_key
    live.admitted = True
    live.seq, entries = journal
    position = _position(row.run_position) if row.run_position else Position()
    past = _Past(plan, entries)
    live.steps.update(past.turns[""])
    live.context.update(past.caught)
    live.taken, live.began = past.taken or None, past.again or live.began
    if position.undoing:
        live.pc, live.undoing, live.why = position.pc, True, past.why
        return live
    for frame in position.frames:
        if not _reopen(live, past, frame):
            return live
    live.pc, live.attempt, live.since = position.pc, position.attempt, position.since
    return live


def read_event(row: Any) -> Event:
    """Read an event from a row with `event_…` columns."""
    return Event(
        id=row.event_id,
        source=row.event_source,
        type=row.event_type,
        subject=row.event_subject,
        time=row.event_time,
        received=row.event_received,
        data=_json(row.event_data),
        dedupe=row.event_dedupe,
        hops=row.event_hops,
    )


def read_effects(rows: list[Any]) -> dict[int, dict[tuple[str, str], Held]]:
    """Group the ledger's open rows by run, step and turn."""
    found: dict[int, dict[tuple[str, str], Held]] = defaultdict(dict)
    for row in rows:
        if row.state != EffectState.DONE:
            held = Held(row.state, row.attempt, row.rerun, row.at, row.request, row.connection)
            found[row.run_id][row.step, row.turn] = held
    return found


Place = tuple[str, str]
Listening = tuple[dict[Place, Ear], dict[Place, dict[str, Any]]]


def read_listeners(rows: list[Any]) -> dict[int, Listening]:
    """Group by run what runs listen for and what they heard, each by step and turn."""
    found: dict[int, Listening] = defaultdict(lambda: ({}, {}))
    for row in rows:
        ears, heard = found[row.listener_run_id]
        place = (row.listener_step, row.listener_turn)
        ears[place] = Ear(row.listener_topic, row.listener_after, written=True)
        if row.event_id is not None:
            heard[place] = read_event(row).as_context()
    return found


class _Past:
    """What the journal tells: outputs by turn, chunks of pure loops, faults that were caught."""

    def __init__(self, plan: Plan, entries: list[Entry]) -> None:
        self.turns: dict[str, dict[str, Any]] = defaultdict(dict)
        self.chunks: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self.caught: dict[str, Any] = {}
        self.taken: dict[bytes, int] = {}  # the last event that was heard of each topic
        self.again = 0  # when a person last let it go on
        self._listens = {op.step for op in plan.ops if isinstance(op, Listen)}
        self._loops = {op.step: op for op in plan.ops if isinstance(op, For)}
        self.why: Fault | None = None
        self._tries = {
            (op.step, isinstance(op, Guard)): op for op in plan.ops if isinstance(op, Try)
        }
        for entry in entries:
            self._take(entry)

    def outputs(self, op: For, turn: str, count: int) -> list[Any]:
        """Return what the loop's first `count` turns gave."""
        if op.pure:
            return self.chunks[op.step, turn][:count]
        prefix = f"{turn}." if turn else ""
        turns = (self.turns[f"{prefix}{index}"] for index in range(count))
        return [{step: one[step] for step in op.ids if step in one} for one in turns]

    def _take(self, entry: Entry) -> None:
        match entry.kind:
            case "chunk":
                self._take_chunk(entry)
            case "caught":
                self.caught[self._tries[entry.step, False].name] = entry.value
                self.turns[entry.turn][entry.step] = {"failed": True}
            case "handled":
                if name := self._tries[entry.step, True].name:
                    self.caught[name] = entry.value
                self.turns[entry.turn][entry.step] = None
            case "undo":
                self.why = msgspec.convert(entry.value, Fault | None)
            case "done" if entry.step in self._loops:
                count = entry.value["count"]
                items = self.outputs(self._loops[entry.step], entry.turn, count)
                self.turns[entry.turn][entry.step] = {"items": items, "count": count}
            case "done":
                self.turns[entry.turn][entry.step] = entry.value
                if entry.step in self._listens and entry.value["event"]:
                    self._hear(entry.value["event"])
            case "person" if entry.value["did"] == "retry":
                self.again = entry.at

    def _hear(self, event: dict[str, Any]) -> None:
        number = ids.read("evt", event["id"])
        self.taken[topic(event["type"], event["subject"])] = number or 0

    def _take_chunk(self, entry: Entry) -> None:
        """Add turns to a pure loop; a chunk that begins again at 0 starts it over."""
        known = self.chunks[entry.step, entry.turn]
        del known[entry.attempt :]
        known.extend(entry.value)


def _reopen(live: Live, past: _Past, frame: Frame) -> bool:
    """Open a loop or try again; False when the run must begin a pure loop's turn afresh."""
    op = live.plan.ops[frame.pc]
    live.pc = frame.pc
    if not isinstance(op, For):
        live.enter(None)
        return True
    items = op.items(live.context) or []
    outputs = past.outputs(op, live.turn, frame.index)
    live.enter(Loop(items, outputs, len(outputs)))
    live.frames[-1].index = frame.index - 1
    live.quiet += op.pure
    if op.pure:
        live.frames[-1].index = len(outputs) - 1
    show_item(live, op, Loop(items, outputs), live.next_turn())
    if not op.pure:
        turn = past.turns[live.turn]  # of every loop that had such a turn: take this one's steps
        live.steps.update({step: turn[step] for step in op.ids if step in turn})
        return True
    live.go(op.body)
    return False

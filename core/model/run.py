"""A run: its states, the legal ways between them, and the entries of its journal."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgspec


class RunState(IntEnum):
    """Where a run is. The numbers are stored; they never change their meaning."""

    READY = 1
    RUNNING = 2
    WAITING = 3
    NEEDS_PERSON = 4
    UNDONE = 6
    DONE = 7
    FAILED = 8
    CANCELLED = 9

    @property
    def word(self) -> str:
        """Return the word used in URLs, JSON and pages."""
        return self.name.lower()

    @property
    def is_over(self) -> bool:
        """True when nothing more happens by itself and nothing is held open."""
        return self in OVER


OVER = frozenset({RunState.UNDONE, RunState.DONE, RunState.FAILED, RunState.CANCELLED})
TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.READY: frozenset({RunState.RUNNING, RunState.CANCELLED}),
    RunState.RUNNING: frozenset(RunState) - {RunState.RUNNING} | {RunState.RUNNING},
    RunState.WAITING: frozenset({RunState.RUNNING, RunState.READY, RunState.CANCELLED}),
    RunState.NEEDS_PERSON: frozenset({RunState.READY, RunState.CANCELLED, RunState.RUNNING}),
    RunState.UNDONE: frozenset(),
    RunState.DONE: frozenset({RunState.READY}),  # a person may undo it
    RunState.FAILED: frozenset({RunState.READY}),
    RunState.CANCELLED: frozenset({RunState.READY}),
}


class Entry(msgspec.Struct, array_like=True, omit_defaults=True):
    """One line of a run's journal.

    `kind` is `done`, `skipped`, `intent`, `error`, `wait`, `chunk`, `failed`, `caught`, `handled`
    (its `on_error` met it), `undo` (the run takes back what it did), `person`, or `output` (what
    the whole flow gave). `turn` is the loop iteration (`""` outside loops, `"3"`, `"3.0"` nested).
    `at` is microseconds UTC.
    `value` is the output, the fault, or the moment waited for; `given` is the input where no
    effect row keeps it. A `chunk` holds the outputs of a loop's turns from `attempt` on.
    """

    step: str
    kind: str
    at: int
    value: Any = None
    turn: str = ""
    attempt: int = 0
    given: Any = None
    log: list[str] = []


class Fault(msgspec.Struct, omit_defaults=True):
    """Why a step or run failed, in words for a person; with `undo` the run takes itself back."""

    code: str
    message: str
    step: str = ""
    hint: str = ""
    undo: bool = False


class Frame(msgspec.Struct, array_like=True):
    """One open loop or try: the plan's instruction that opened it and, for a loop, its turn."""

    pc: int
    index: int = 0


class Position(msgspec.Struct, array_like=True, omit_defaults=True):
    """Where a run stands in its plan: the next instruction, open frames, tries of this step.

    `since` is when this step began to wait, 0 when it has not. `undoing` says that the run takes
    back what it did; the journal tells why.
    """

    pc: int = 0
    frames: list[Frame] = []
    attempt: int = 0
    since: int = 0
    undoing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """A run as lists and pages show it. Times are microseconds UTC; `due` is when it wakes.

    `awaits` is the connection that it waits for.
    """

    id: int
    flow_id: str
    flow_name: str
    version: int
    event_id: int
    state: RunState
    key: str
    started: int
    ended: int | None
    due: int | None
    step: str
    fault: Fault | None
    awaits: str = ""

"""What core verbs answer to pages, API and CLI. Times are microseconds UTC."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from nexus.core.model.decision import Table
from nexus.core.model.event import Event
from nexus.core.model.flow import Flow
from nexus.core.model.problem import Problem
from nexus.core.model.run import Fault, RunRow, RunState

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `cursor` asks for the next one, None when this was the last."""

    rows: list[T]
    cursor: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowRow:
    """A flow as the list shows it. `strip` holds the newest runs, oldest first (24 at most)."""

    id: str
    name: str
    group: str
    description: str
    enabled: bool
    live: int | None
    changed: bool
    starts: str
    icon: str
    steps: int
    strip: tuple[RunState, ...]
    last: int | None
    waiting: int
    failed: int
    needs_person: int


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionRow:
    """One published version of a flow."""

    number: int
    published: int
    by: str
    note: str
    hash: str
    hints: tuple[Problem, ...] = ()  # what its runs will wait for, told when it is published


@dataclass(frozen=True, kw_only=True, slots=True)
class HookRow:
    """An address that a flow listens at. `path` is `/hooks/<key>`."""

    name: str
    path: str
    provider: str
    signed: bool
    has_secret: bool
    sample: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class FlowView:
    """A flow as its page shows it: the version asked for, its history, its addresses.

    `settings` are those that the next publish takes, as they were filled in. `flow` is None when
    `source` cannot be read; `problems` say why.
    """

    row: FlowRow
    flow: Flow | None
    source: str
    version: int | None
    settings: dict[str, Any]
    versions: tuple[VersionRow, ...]
    hooks: tuple[HookRow, ...]
    problems: tuple[Problem, ...]
    hints: tuple[Problem, ...] = ()  # connections that it names and that cannot be used yet


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionRow:
    """A decision table as the list shows it."""

    id: str
    name: str
    description: str
    hit: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: int
    changed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionView:
    """A decision table with its words."""

    row: DecisionRow
    table: Table
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoRow:
    """One thing that a run did, newest first, and what undoing the run would do about it.

    `can` says whether it would be taken back; `says` tells how, or why not, in plain words.
    """

    step: str
    turn: str
    title: str
    can: bool
    says: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptView:
    """One try of a step. `outcome` is `ok`, `error` or `open`."""

    number: int
    started: int
    ended: int | None
    outcome: str
    fault: Fault | None
    log: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """One step of a run as it happened (or is still to come).

    `state` is `done`, `failed`, `running`, `waiting`, `retrying`, `skipped`, `cancelled`,
    `unknown` or `todo`.
    `depth` is how deep it is nested, for indentation; `family` and `icon` are how it is drawn.
    `missing` names the data that the step's `if` looked for and did not find.
    """

    id: str
    title: str
    kind: str
    use: str
    icon: str
    family: str
    turn: str
    depth: int
    state: str
    started: int | None
    ended: int | None
    due: int | None
    attempts: tuple[AttemptView, ...]
    input: Any
    output: Any
    fault: Fault | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RunView:
    """A run as its page shows it. `seq` grows with every change; `now` is when this was read."""

    row: RunRow
    event: Event
    steps: tuple[StepView, ...]
    seq: int
    now: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a sender is told about an event: its id, its runs, and whether it came before.

    `answers` is the run whose output the sender wants, `answer` how long it waits (microseconds).
    """

    event_id: str
    run_ids: tuple[str, ...]
    repeat: bool
    answers: str = ""
    answer: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleRow:
    """A module as the list shows it. `state` is `active` or `broken` (then `problems` say why)."""

    id: str
    name: str
    version: str
    summary: str
    icon: str
    state: str
    actions: tuple[str, ...]
    triggers: tuple[str, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretRow:
    """What may be told of a secret: that it is there, its last four characters, its date."""

    field: str
    tail: str
    changed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionRow:
    """A connection without its secrets.

    `client` is the company it belongs to, None for the whole organisation. `health` is `untested`,
    `ok`, `broken` or `unconnected` (nobody gave consent yet), and `says` why. `allow` lists the
    private networks that its owner opened; `flows` are the flows whose steps name it.
    """

    name: str
    alias: str
    client: str | None
    module: str
    kind: str
    label: str
    values: dict[str, Any]
    secrets: tuple[SecretRow, ...]
    allow: tuple[str, ...]
    version: int
    enabled: bool
    health: str
    says: str
    checked: int | None
    expires: int | None
    changed: int
    consent: bool = False
    flows: tuple[str, ...] = ()
    waiting: int = 0

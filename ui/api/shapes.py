"""The shapes of answers. A shape has the same member names as the view that it is made from."""

from typing import Any, Generic, TypeVar

import msgspec

from nexus.core.model.run import Fault
from nexus.ui.api.write import EventId, Moment, RunId, State

T = TypeVar("T")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all shapes."""


class Page(Row, Generic[T], frozen=True, kw_only=True):
    """One page of a list; `cursor` asks for the next one, null when this was the last."""

    rows: list[T]
    cursor: str | None = None


class Problem(Row, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong (RFC 9457); `problems` holds all of them when there are several."""

    code: str
    title: str
    status: int = 0
    type: str = ""
    detail: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    step: str = ""
    field: str = ""
    expected: str = ""
    hint: str = ""


class Problems(Row, frozen=True, kw_only=True):
    """Everything that is wrong with a document; empty when it may be published."""

    problems: list[Problem]


class Flow(Row, frozen=True, kw_only=True):
    """A flow. `live` is the version that new runs take; `changed` says that its draft differs."""

    id: str
    name: str
    group: str
    description: str
    enabled: bool
    live: int | None
    changed: bool
    starts: str
    steps: int
    last: Moment | None
    waiting: int
    failed: int
    needs_person: int


class Version(Row, frozen=True, kw_only=True):
    """A published version of a flow."""

    number: int
    published: Moment
    by: str
    note: str
    hash: str


class Published(Version, frozen=True, kw_only=True):
    """A version that was just published. `hints` name connections that its runs will wait for."""

    hints: list[Problem]


class Hook(Row, frozen=True, kw_only=True):
    """An address that a flow listens at; whoever knows its path may post to it."""

    name: str
    path: str
    provider: str
    signed: bool
    has_secret: bool
    sample: Any


class FlowDetail(Row, frozen=True, kw_only=True):
    """A flow with its words, settings, history and addresses."""

    row: Flow
    source: str
    version: int | None
    settings: dict[str, Any]
    versions: list[Version]
    hooks: list[Hook]
    problems: list[Problem]
    hints: list[Problem]


class Run(Row, frozen=True, kw_only=True):
    """A run. `due` is when it wakes, `awaits` the connection it waits for."""

    id: RunId
    flow_id: str
    flow_name: str
    version: int
    event_id: EventId
    state: State
    key: str
    started: Moment
    ended: Moment | None
    due: Moment | None
    step: str
    fault: Fault | None
    awaits: str


class Event(Row, frozen=True, kw_only=True):
    """The event that began a run, with CloudEvents attributes."""

    id: EventId
    source: str
    type: str
    subject: str
    time: Moment
    received: Moment
    data: Any


class Attempt(Row, frozen=True, kw_only=True):
    """One try of a step. `outcome` is `ok`, `error` or `open`."""

    number: int
    started: Moment
    ended: Moment | None
    outcome: str
    fault: Fault | None
    log: list[str]


class Step(Row, frozen=True, kw_only=True):
    """One step of a run as it happened. `turn` is the loop's iteration."""

    id: str
    title: str
    kind: str
    use: str
    turn: str
    depth: int
    state: str
    started: Moment | None
    ended: Moment | None
    due: Moment | None
    attempts: list[Attempt]
    input: Any
    output: Any
    fault: Fault | None


class RunDetail(Row, frozen=True, kw_only=True):
    """A run with its event and every step's attempts, input and output."""

    row: Run
    event: Event
    steps: list[Step]
    now: Moment


class Receipt(Row, frozen=True, kw_only=True):
    """An event was accepted and is never lost. `repeat` says that it had come before."""

    event_id: str
    run_ids: list[str]
    repeat: bool


class Module(Row, frozen=True, kw_only=True):
    """A module. `state` is `active`, or `broken` and then `problems` say why."""

    id: str
    name: str
    version: str
    summary: str
    state: str
    actions: list[str]
    triggers: list[str]
    problems: list[str]


class ConnectionKind(Row, frozen=True, kw_only=True):
    """What a connection holds: `fields` is a JSON Schema in which `x-secret` marks secrets."""

    name: str
    title: str
    help: str
    fields: dict[str, Any]


class ModuleDetail(Row, frozen=True, kw_only=True):
    """A module with the connections that it takes."""

    row: Module
    connections: list[ConnectionKind]


class Me(Row, frozen=True, kw_only=True):
    """Who asks."""

    id: str
    name: str
    roles: list[str]
    client: str | None
    via: str


class Finding(Row, frozen=True, kw_only=True):
    """One thing that the doctor looked at. `state` is `fine` or `attention`."""

    what: str
    state: str
    says: str
    hint: str


class Findings(Row, frozen=True, kw_only=True):
    """What the doctor found."""

    findings: list[Finding]

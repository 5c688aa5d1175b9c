"""A compiled flow: a flat list of instructions that the run room walks. Built once per version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nexus.core.model.action import Action
from nexus.core.model.flow import Flow, Remedy, Retry

Context = dict[str, Any]
Eval = Callable[[Context], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Op:
    """One instruction. When `condition` is not true the run jumps to `skip` and notes it."""

    step: str
    condition: Eval | None = None
    skip: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Call(Op):
    """Call an action with rendered arguments.

    `insist` lists the errors after which it is tried again although they will hardly pass (empty:
    all of them); None leaves that to the module. `undo` is the call that takes it back.
    """

    action: Action
    arguments: Eval
    connection: str | None = None
    retry: Retry | None = None
    timeout: int = 30_000_000
    insist: tuple[str, ...] | None = None
    undo: "Call | None" = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Set(Op):
    """Make the step's output from expressions."""

    value: Eval


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One way of a switch; `condition` None is the else. `name` is what pages call it."""

    name: str
    condition: Eval | None
    pc: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch(Op):
    """Jump to the first case that holds, or to `end`. Output: `{"case": name}`."""

    cases: tuple[Case, ...]
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class For(Op):
    """Open a loop: run `body` once per item, then go to `end`.

    The item is `name` in expressions and its place `index_name`. `ids` are the steps whose outputs
    make up a turn; those of a loop inside belong to that loop's own turns.
    `pure` is true when no instruction of the body calls out or waits.
    """

    items: Eval
    name: str
    index_name: str
    body: int
    end: int
    ids: tuple[str, ...]
    pure: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Next(Op):
    """Close one turn of the loop opened at `loop`."""

    loop: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Try(Op):
    """Open a try: a failure until its EndTry jumps to `catch` (with the fault as `name`).

    `on` lists the codes that are caught; empty means all.
    """

    catch: int
    end: int
    name: str
    on: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class EndTry(Op):
    """The tried lane went well: forget the catch and go to `end`."""

    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard(Try):
    """Open a step that has an `on_error`: a failure until its EndGuard is met as `act` says.

    `continue` and `route` go on at `catch`, where only a route calls the fault by a name; `stop`
    and `undo` end the run, whatever is around.
    """

    act: Remedy


@dataclass(frozen=True, kw_only=True, slots=True)
class EndGuard(Op):
    """The guarded step went well: go to `end`."""

    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Decide(Op):
    """Look an answer up in a decision table."""

    arguments: Eval
    decide: Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed(Op):
    """Something that ends at a moment; at most one of the first three says when.

    `duration` renders to a duration text (`3d`, `72h`), `until` to a timestamp, `business` to a
    number of business days. `zone` is the plan's unless it is given.
    """

    duration: Eval | None = None
    until: Eval | None = None
    business: Eval | None = None
    zone: Eval | None = None
    holidays: Eval | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait(Timed):
    """Park until a moment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listen(Timed):
    """Park until an event of a type with a key comes (go to `heard`), or the time ran out (`late`).

    The key is what `match` renders to, or the run's own. An event may have come before: since the
    run began, or `early` microseconds longer ago.
    """

    event: str
    heard: int
    late: int
    end: int
    match: Eval | None = None
    early: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Emit(Op):
    """Tell the installation that something happened."""

    type: str
    subject: Eval
    data: Eval


@dataclass(frozen=True, kw_only=True, slots=True)
class Run(Op):
    """Start a run of another flow; unless `detached`, wait for its output."""

    flow: str
    given: Eval
    detached: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Raise(Op):
    """Fail on purpose with a code and a message."""

    code: str
    message: Eval


@dataclass(frozen=True, kw_only=True, slots=True)
class Goto(Op):
    """Jump."""

    pc: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A flow version, compiled. The run ends when `pc == len(ops)`."""

    flow: Flow
    version: int
    ops: tuple[Op, ...]
    settings: Mapping[str, Any]
    condition: Eval | None = None
    key: Eval | None = None
    output: Eval | None = None
    version_id: int = 0
    zone: str = "UTC"
    extra: Mapping[str, Any] = field(default_factory=dict)

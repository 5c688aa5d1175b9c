"""A flow document, read and checked, before it is compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from nexus.core.model.decision import Table

Remedy = Literal["retry", "continue", "route", "undo", "stop"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where something stands in its document: 1-based line and column."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How often and how fast a step is tried again. Times are microseconds.

    The delay before attempt n+1 is `min(cap, delay * factor**(n-1))`, drawn with full jitter.
    `on` lists the error codes that are worth another try; empty means every retryable one.
    """

    times: int
    delay: int = 1_000_000
    factor: float = 2.0
    cap: int = 300_000_000
    on: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """One way through a step: a case of a switch, the body of a loop, a try or its catch."""

    name: str
    condition: str | None
    do: tuple["Step", ...]
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Undo:
    """The call that takes a step back; its arguments see the step's own output."""

    call: str
    arguments: Mapping[str, Any]
    connection: str | None = None
    retry: Retry | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OnError:
    """What happens when a step fails for good.

    `on` lists the error codes that it is for; empty means all. `lane` is the way of a `route`,
    in which the fault is called `name`.
    """

    act: Remedy
    on: tuple[str, ...] = ()
    name: str = "error"
    lane: Lane | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step as written. `body` holds the kind's own fields, `lanes` its nested steps."""

    id: str
    kind: str
    title: str
    body: Any
    place: Place
    condition: str | None = None
    retry: Retry | None = None
    timeout: int | None = None
    connection: str | None = None
    lanes: tuple[Lane, ...] = ()
    undo: Undo | None = None
    on_error: OnError | None = None

    @property
    def ways(self) -> tuple[Lane, ...]:
        """Return the lanes, and the way that a failure takes."""
        route = self.on_error.lane if self.on_error else None
        return self.lanes if route is None else (*self.lanes, route)


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """One entry under `trigger:`. `hook` is the name of the address it listens at.

    `answer` is how long (microseconds) a sender is kept waiting for the flow's output; 0 is not.
    """

    use: str
    settings: Mapping[str, Any]
    hook: str
    place: Place
    answer: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """A whole flow document. `settings` and `input` map a name to its JSON Schema.

    `output` is what it gives to whoever ran it, `deadline` the microseconds that a run may take,
    `on_error` the flow that is started when a run of this one fails. With `undo` a run that fails
    takes back what it did. `tables` are the decision tables that its steps name, `table_names` all
    that there are to name.
    """

    id: str
    name: str
    triggers: tuple[Start, ...]
    do: tuple[Step, ...]
    description: str = ""
    group: str = ""
    modules: tuple[str, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    condition: str | None = None
    key: str | None = None
    input: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    output: Any = None
    deadline: int = 0
    on_error: str = ""
    undo: bool = False
    tables: Mapping[str, "Table"] = field(default_factory=dict)
    table_names: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    file: str = ""

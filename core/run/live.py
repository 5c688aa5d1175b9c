"""A run while we hold it: its place in the plan, its data, and what is not yet written down."""

from dataclasses import dataclass
from typing import Any

from nexus.core.clock import rfc3339
from nexus.core.flow.plan import Call, Emit, Op, Plan, Run
from nexus.core.model import ids
from nexus.core.model.event import Event
from nexus.core.model.run import Entry, Fault, Frame, Position


@dataclass(slots=True)
class Loop:
    """An open loop: what it runs over, what its turns gave, how many of those are written down."""

    items: list[Any]
    outputs: list[dict[str, Any]]
    written: int = 0


@dataclass(slots=True)
class Held:
    """An effect's row in the ledger, as this run knows it."""

    state: int
    attempt: int
    rerun: int
    at: int
    request: bytes
    pin: str = ""


@dataclass(slots=True)
class Ear:
    """What the run listens for at one place: the first event of a topic after a certain one."""

    topic: bytes
    after: int
    written: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The run came to its end."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The run cannot go on; a person may retry it from here."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Undone:
    """The run took back what could be taken back, because of `fault` or of a person."""

    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Parked:
    """The run sleeps until `due` (microseconds UTC); `awaits` is the connection it needs."""

    due: int
    fault: Fault | None = None
    awaits: str | None = None


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """Nexus cannot know whether an effect took place, so it stops and asks.

    `attempt` is the try that is in doubt when the ledger still has to learn of it, else 0. It is
    `sure` when there is no doubt: what takes a step back failed, and a person must see to it.
    """

    fault: Fault
    attempt: int = 0
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Sliced:
    """The run used up its slice; it goes on after this much is written down."""


@dataclass(slots=True)
class Effect:
    """The next thing to do lies outside: an action to call once this intent is durable.

    `pin` is the version of its connection, taken just before the intent is written down. `undo` is
    the request that would take it back, once it is done and its step says how.
    """

    op: Call
    turn: str
    attempt: int
    rerun: int
    request: bytes
    pin: str = ""
    undo: bytes = b""


@dataclass(frozen=True, slots=True)
class Says:
    """The run has something to tell: an event, or the start of another flow with `data`."""

    op: Emit | Run
    data: Any
    subject: str = ""


Stop = Finished | Undone | Failed | Parked | NeedsPerson | Sliced | Effect | Says


class Live:
    """A run in memory. Only the thread that drives it touches it."""

    __slots__ = (
        "admitted",
        "attempt",
        "began",
        "context",
        "deaf",
        "ears",
        "effects",
        "entries",
        "epoch",
        "event",
        "frames",
        "heard",
        "id",
        "key",
        "loops",
        "now",
        "orphaned",
        "output",
        "pc",
        "plan",
        "quiet",
        "said",
        "seq",
        "since",
        "steps",
        "taken",
        "turn",
        "undoing",
        "why",
    )

    def __init__(self, run_id: int, plan: Plan, event: Event, now: int) -> None:
        self.id = run_id
        self.plan = plan
        self.event = event
        self.now = now
        self.epoch = 1
        self.seq = 0
        self.admitted = False
        self.orphaned = False
        self.key: str | None = None
        self.pc = 0
        self.attempt = 0
        self.since = 0
        self.quiet = 0
        self.undoing = False
        self.why: Fault | None = None
        self.turn = ""
        self.frames: list[Frame] = []
        self.loops: list[Loop | None] = []
        self.entries: list[Entry] = []
        self.effects: dict[tuple[str, str], Held] = {}
        self.began = event.received
        self.output: Any = None
        self.said: list[Any] | None = None  # events to be written with the run's next place
        self.ears: dict[tuple[str, str], Ear] | None = None  # what it listens for, by place
        self.deaf: list[tuple[str, str]] | None = None  # where it listens no more
        self.heard: dict[tuple[str, str], dict[str, Any]] | None = None  # what came meanwhile
        self.taken: dict[bytes, int] | None = None  # the last event that it took of a topic
        self.steps: dict[str, Any] = {}
        self.context: dict[str, Any] = {
            "event": event.as_context(),
            "steps": self.steps,
            "settings": plan.settings,
            "run": {"id": ids.write("run", run_id), "started": rfc3339(event.received)},
        }

    @property
    def op(self) -> Op | None:
        """The instruction that comes next; None at the end of the plan."""
        ops = self.plan.ops
        return ops[self.pc] if self.pc < len(ops) else None

    @property
    def position(self) -> Position:
        """Where the run stands, ready to be written down."""
        if self.undoing:
            return Position(self.pc, undoing=True)
        return Position(self.pc, self.frames, self.attempt, self.since)

    def note(self, step: str, kind: str, value: Any = None, given: Any = None) -> None:
        """Add a line to the journal (inside a pure loop its chunks say what went well)."""
        if not self.quiet or kind in ("failed", "caught", "handled"):
            self.entries.append(Entry(step, kind, self.now, value, self.turn, self.attempt, given))

    def finish(self, step: str, output: Any, given: Any = None) -> None:
        """Keep a step's output and go to the next instruction."""
        self.steps[step] = output
        if not self.quiet:
            self.note(step, "done", output, given)
        self.go(self.pc + 1)

    def go(self, pc: int) -> None:
        """Go to an instruction, as one that has not been tried yet."""
        self.pc = pc
        self.attempt = 0
        self.since = 0

    def enter(self, loop: Loop | None) -> None:
        """Open a frame at this instruction."""
        self.frames.append(Frame(self.pc))
        self.loops.append(loop)
        self._retell()

    def leave(self) -> tuple[Frame, Loop | None]:
        """Close the innermost frame."""
        frame, loop = self.frames.pop(), self.loops.pop()
        self._retell()
        return frame, loop

    def next_turn(self) -> int:
        """Count the innermost loop one turn on and return its number."""
        frame = self.frames[-1]
        frame.index += 1
        outer, dot, _ = self.turn.rpartition(".")
        self.turn = f"{outer}{dot}{frame.index}"
        return frame.index

    def _retell(self) -> None:
        loops = zip(self.frames, self.loops, strict=True)
        self.turn = ".".join(str(frame.index) for frame, loop in loops if loop is not None)

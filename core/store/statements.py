"""The committer's writes as ready SQL: built from the tables once, run many at a time."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Delete, Dialect, Insert, Update, and_, bindparam, delete, insert, update

from nexus.core.store import tables as t

TOLD = ("data", "entries", "fault")
DERIVED = (*TOLD, "type", "subject", "dedupe", "key", "position", "request")


@dataclass(frozen=True, eq=False)  # each is itself: the committer groups by them
class Write:
    """One kind of write. `fenced` means that each row must change exactly one row."""

    name: str
    statement: Insert | Update | Delete
    names: tuple[str, ...]
    fenced: bool = False
    order: int = 0

    @cached_property
    def redacted(self) -> tuple[int, ...]:
        """Return the places of what people and providers said; requests were vetted before."""
        return self._places(TOLD)

    @cached_property
    def derived(self) -> tuple[int, ...]:
        """Return the places of all that may hold something of what came from outside."""
        return self._places(DERIVED)

    def _places(self, names: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(place for place, name in enumerate(self.names) if name in names)

    def sql(self, dialect: Dialect) -> str:
        """Return the statement's text with positional parameters in the order of `names`."""
        compiled = self.statement.compile(dialect=dialect, column_keys=list(self.names))
        if tuple(compiled.positiontup or ()) != self.names:
            raise AssertionError(f"{self.name}: {compiled.positiontup} is not {self.names}")
        return str(compiled)


def _insert(order: int, name: str, table: str, *names: str) -> Write:
    columns = names or tuple(t.metadata.tables[table].columns.keys())
    return Write(name, insert(t.metadata.tables[table]), columns, order=order)


def _held() -> object:
    """The fence: only the owner of this very claim may change the run."""
    return and_(
        t.run.c.id == bindparam("run"),
        t.run.c.owner == bindparam("me"),
        t.run.c.epoch == bindparam("held"),
    )


MOVE = ("state", "owner", "due", "ended", "step", "position", "fault", "awaits")
NEW_EVENT = _insert(0, "new event", "event")
NEW_RUN = _insert(1, "new run", "run")
MOVE_RUN = Write(
    "move run",
    update(t.run).where(_held()).values({name: bindparam(name) for name in MOVE}),  # type: ignore[arg-type]
    (*MOVE, "run", "me", "held"),
    fenced=True,
    order=2,
)
NEW_EFFECT = _insert(3, "new effect", "effect")
SETTLE_EFFECT = Write(
    "settle effect",
    update(t.effect)
    .where(
        t.effect.c.run_id == bindparam("run"),
        t.effect.c.step == bindparam("of"),
        t.effect.c.turn == bindparam("in"),
    )
    .values(state=bindparam("state"), attempt=bindparam("attempt")),
    ("state", "attempt", "run", "of", "in"),
    order=4,
)
LATE_EFFECT = Write(
    "late effect",
    update(t.effect)
    .where(
        t.effect.c.run_id == bindparam("run"),
        t.effect.c.step == bindparam("of"),
        t.effect.c.turn == bindparam("in"),
        t.effect.c.state == bindparam("open"),
        t.effect.c.attempt == bindparam("tried"),
    )
    .values(state=bindparam("state")),
    ("state", "run", "of", "in", "open", "tried"),
    order=4,
)
REDO_EFFECT = Write(
    "redo effect",
    update(t.effect)
    .where(
        t.effect.c.run_id == bindparam("run"),
        t.effect.c.step == bindparam("of"),
        t.effect.c.turn == bindparam("in"),
    )
    .values(
        {
            name: bindparam(name)
            for name in ("state", "attempt", "rerun", "at", "connection", "request")
        }
    ),
    ("state", "attempt", "rerun", "at", "connection", "request", "run", "of", "in"),
    order=4,
)
RECORD = _insert(5, "record", "journal")
NEW_LISTENER = _insert(6, "new listener", "listener")
END_LISTENER = Write(
    "end listener",
    delete(t.listener).where(
        t.listener.c.run_id == bindparam("run"),
        t.listener.c.step == bindparam("of"),
        t.listener.c.turn == bindparam("in"),
    ),
    ("run", "of", "in"),
    order=5,
)
ALL = (
    NEW_EVENT,
    NEW_RUN,
    MOVE_RUN,
    NEW_EFFECT,
    SETTLE_EFFECT,
    LATE_EFFECT,
    REDO_EFFECT,
    RECORD,
    END_LISTENER,
    NEW_LISTENER,
)

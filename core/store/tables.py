"""Every table is to be had here. Times are integer microseconds UTC; blobs hold JSON bytes."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from nexus.core.model.run import RunState
from nexus.core.store import audit_table, columns, connection_tables, listening_tables
from nexus.core.store.columns import Big, column, key

SCHEMA_VERSION = 1
metadata = columns.metadata

audit = audit_table.audit
connection = connection_tables.connection
secret = connection_tables.secret
consent = connection_tables.consent

meta = Table("meta", metadata, key("name", String(40)), column("value", Text))

root = Table(
    "root",
    metadata,
    key("name", String(40)),
    column("sealed", Text, info={"sealed": "root:{name}"}),
)

worker = Table(
    "worker",
    metadata,
    Column("id", Integer, primary_key=True),
    column("pid", Integer),
    column("started", Big),
    column("heartbeat", Big),
    column("ended", Big, nullable=True),
)

flow = Table(
    "flow",
    metadata,
    key("id", String(80)),
    column("name", String(200)),
    column("group_name", String(200)),
    column("description", Text),
    column("enabled", Boolean),
    column("live", Big, nullable=True),
    column("draft", Text),
    column("starts", LargeBinary),
    column("steps", Integer),
    column("settings", LargeBinary),
    column("owner", String(40)),
    column("created", Big),
)

version = Table(
    "version",
    metadata,
    key("id", Big),
    column("flow_id", String(80)),
    column("number", Integer),
    column("source", Text),
    column("starts", LargeBinary),
    column("hash", String(64)),
    column("settings", LargeBinary),
    column("published", Big),
    column("published_by", String(40)),
    column("effects", String(80)),
    column("note", Text),
    column("tables", LargeBinary),
    UniqueConstraint("flow_id", "number"),
)

decision = Table(
    "decision",
    metadata,
    key("id", String(80)),
    column("name", String(200)),
    column("source", Text),
    column("changed", Big),
    column("changed_by", String(40)),
)

hook = Table(
    "hook",
    metadata,
    key("name", String(80)),
    column("key_hash", String(64), unique=True),
    column("key_sealed", Text, info={"sealed": "hook:{name}", "shown": True}),
    column("secret_sealed", Text, nullable=True, info={"sealed": "hook:{name}"}),
    column("created", Big),
)

schedule = Table(
    "schedule",
    metadata,
    key("flow_id", String(80)),
    key("place", Integer),
    column("next", Big),
    Index("schedule_next", "next"),
)

event = Table(
    "event",
    metadata,
    key("id", Big),
    column("source", String(200)),
    column("type", String(200)),
    column("subject", String(200)),
    column("time", Big),
    column("received", Big),
    column("dedupe", String(300), nullable=True),
    column("data", LargeBinary),
    column("hops", SmallInteger),
)
Index(
    "event_dedupe",
    event.c.source,
    event.c.dedupe,
    unique=True,
    sqlite_where=event.c.dedupe.is_not(None),
    postgresql_where=event.c.dedupe.is_not(None),
)

run = Table(
    "run",
    metadata,
    key("id", Big),
    column("flow_id", String(80)),
    column("version_id", Big),
    column("event_id", Big),
    column("state", SmallInteger),
    column("epoch", Integer),
    column("owner", Integer, nullable=True),
    column("due", Big, nullable=True),
    column("ended", Big, nullable=True),
    column("key", String(200), nullable=True),
    column("step", String(80), nullable=True),
    column("position", LargeBinary, nullable=True),
    column("fault", LargeBinary, nullable=True),
    column("awaits", String(170), nullable=True),
)


def _live_index(name: str, on: Column[object], *states: RunState) -> None:
    """Index only the runs in these states, so that finished runs cost nothing."""
    where = run.c.state.in_([int(state) for state in states])
    Index(name, on, sqlite_where=where, postgresql_where=where)


_live_index("run_due", run.c.due, RunState.WAITING)
_live_index("run_ready", run.c.id, RunState.READY)
_live_index("run_owner", run.c.owner, RunState.RUNNING)
_live_index("run_trouble", run.c.state, RunState.FAILED, RunState.NEEDS_PERSON)
_awaiting = run.c.awaits.is_not(None)
Index("run_awaits", run.c.awaits, sqlite_where=_awaiting, postgresql_where=_awaiting)
Index("run_of_event", run.c.event_id, run.c.flow_id, unique=True)
Index("run_of_flow", run.c.flow_id, run.c.id)

journal = Table(
    "journal",
    metadata,
    key("run_id", Big),
    key("seq", Integer),
    column("entries", LargeBinary),
    sqlite_with_rowid=False,
)

effect = Table(
    "effect",
    metadata,
    key("run_id", Big),
    key("step", String(80)),
    key("turn", String(40)),
    column("kind", String(12)),
    column("state", SmallInteger),
    column("attempt", SmallInteger),
    column("rerun", SmallInteger),
    column("at", Big),
    column("connection", String(60)),
    column("request", LargeBinary),
    sqlite_with_rowid=False,
)

listener = listening_tables.listener
early = listening_tables.early
heard_type = listening_tables.heard_type

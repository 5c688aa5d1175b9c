"""What runs listen for, and the events that came before anybody listened.

A listening run is its row in `run` and one here, which is little more than an entry of an index: it
has no row of its own beside its key, and runs that go several ways at once may have several.
"""

from sqlalchemy import Index, LargeBinary, String, Table

from nexus.core.store.columns import Big, column, key, metadata

listener = Table(
    "listener",
    metadata,
    key("run_id", Big),
    key("step", String(80)),
    key("turn", String(40)),
    column("topic", LargeBinary),
    column("after", Big),
    column("event_id", Big, nullable=True),
    sqlite_with_rowid=False,
)
_open = listener.c.event_id.is_(None)
Index("listener_topic", listener.c.topic, sqlite_where=_open, postgresql_where=_open)

early = Table(
    "early",
    metadata,
    key("topic", LargeBinary),
    key("event_id", Big),
    sqlite_with_rowid=False,
)

heard_type = Table("heard_type", metadata, key("type", String(200)), sqlite_with_rowid=False)

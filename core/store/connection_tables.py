"""The tables of connections: what is open, what is sealed, and consents that are under way."""

from sqlalchemy import Boolean, Index, Integer, LargeBinary, String, Table, Text, func

from nexus.core.store.columns import Big, column, key, metadata

connection = Table(
    "connection",
    metadata,
    key("id", String(40)),
    column("alias", String(80)),
    column("client", String(80), nullable=True),
    column("module", String(80)),
    column("kind", String(80)),
    column("label", String(200)),
    column("open_values", LargeBinary),
    column("allow", LargeBinary),
    column("version", Integer),
    column("enabled", Boolean),
    column("health", String(12)),
    column("says", Text),
    column("checked", Big, nullable=True),
    column("expires", Big, nullable=True),
    column("owner", String(40)),
    column("changed", Big),
    column("renewing", Big),
    column("renewals", Integer),
)
_own = func.coalesce(connection.c.client, "")
Index("connection_alias", connection.c.alias, _own, unique=True)

secret = Table(
    "secret",
    metadata,
    key("connection_id", String(40)),
    key("field", String(80)),
    column("sealed", Text, info={"sealed": "connection:{connection_id}:{field}"}),
    column("tail", String(4)),
    column("expires", Big, nullable=True),
    column("changed", Big),
)

consent = Table(
    "consent",
    metadata,
    key("hash", String(64)),
    column("connection_id", String(40)),
    column("session_hash", String(64)),
    column("verifier", Text, info={"sealed": "consent:{hash}"}),
    column("expires", Big),
)

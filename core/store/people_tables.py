"""The tables of people: who they are, what they may do, and by what they come in."""

from sqlalchemy import Boolean, Index, Integer, LargeBinary, String, Table, Text

from nexus.core.store.columns import Big, column, key, metadata

person = Table(
    "person",
    metadata,
    key("id", String(40)),
    column("name", String(200)),
    column("email", String(254), nullable=True, unique=True),
    column("team", String(100)),
    column("client", String(80), nullable=True),
    column("created", Big),
    column("disabled", Big, nullable=True),
    column("heir", String(40), nullable=True),
    column("password", String(200), nullable=True),
    column("totp", Text, nullable=True, info={"sealed": "totp:{id}"}),
    column("totp_step", Big),
)

person_role = Table("person_role", metadata, key("person_id", String(40)), key("role", String(60)))

right_change = Table(
    "right_change",
    metadata,
    key("subject", String(60)),
    key("resource", String(60)),
    key("verb", String(40)),
    column("scope", String(8), nullable=True),
)

identity = Table(
    "identity",
    metadata,
    key("issuer", String(300)),
    key("subject", String(300)),
    column("person_id", String(40)),
)

passkey = Table(
    "passkey",
    metadata,
    key("id", String(400)),
    column("person_id", String(40)),
    column("name", String(100)),
    column("public_key", LargeBinary),
    column("count", Big),
    column("created", Big),
    column("used", Big, nullable=True),
)

invitation = Table(
    "invitation",
    metadata,
    key("hash", String(64)),
    column("email", String(254), unique=True),
    column("name", String(200)),
    column("roles", LargeBinary),
    column("team", String(100)),
    column("client", String(80), nullable=True),
    column("invited_by", String(40)),
    column("created", Big),
    column("expires", Big),
)

session = Table(
    "session",
    metadata,
    key("hash", String(64)),
    column("person_id", String(40), nullable=True),
    column("created", Big),
    column("seen", Big),
    column("expires", Big),
    column("authenticated", Big),
    column("device", String(200)),
    column("ip", String(45)),
    column("data", LargeBinary),
    column("owes", Boolean),
    Index("session_person", "person_id"),
)

link = Table(
    "link",
    metadata,
    key("hash", String(64)),
    column("purpose", String(20)),
    column("person_id", String(40), nullable=True),
    column("expires", Big),
    column("data", LargeBinary),
)

# What lets somebody in once whose code app is gone; each is deleted when it is used.
recovery = Table("recovery", metadata, key("person_id", String(40)), key("hash", String(64)))

# Which warning was mailed: what about, and the day that it warned of.
reminder = Table("reminder", metadata, key("about", String(80)), key("due", Big))

attempt = Table(
    "attempt",
    metadata,
    key("about", String(120)),
    column("failures", Integer),
    column("until", Big),
)

token = Table(
    "token",
    metadata,
    key("hash", String(64)),
    column("id", String(20), unique=True),
    column("person_id", String(40)),
    column("name", String(100)),
    column("scopes", LargeBinary),
    column("console", Boolean),
    column("created", Big),
    column("expires", Big, nullable=True),
    column("used", Big, nullable=True),
)

# The secret of a sign-in provider, by the id that the setting `sso` gives it.
sso_secret = Table(
    "sso_secret",
    metadata,
    key("id", String(80)),
    column("sealed", Text, info={"sealed": "sso:{id}"}),
)

setting = Table("setting", metadata, key("name", String(40)), column("value", LargeBinary))

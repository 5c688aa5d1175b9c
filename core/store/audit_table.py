"""The audit log's table, and what keeps its rows from being changed."""

from sqlalchemy import DDL, String, Table, Text, event

from nexus.core.store.columns import Big, column, key, metadata

audit = Table(
    "audit",
    metadata,
    key("seq", Big),
    column("at", Big),
    column("actor", String(40)),
    column("via", String(10)),
    column("ip", String(45)),
    column("action", String(80)),
    column("object", String(300)),
    column("before_hash", String(64)),
    column("after_hash", String(64)),
    column("meta", Text),
    column("prev_hash", String(64)),
    column("hash", String(64)),
)

# REPLACE removes the old row without asking a delete trigger, so a known number is refused too.
for name, moment in {
    "audit_keeps_rows": "BEFORE DELETE ON audit",
    "audit_keeps_words": "BEFORE UPDATE ON audit",
    "audit_keeps_order": (
        "BEFORE INSERT ON audit WHEN NEW.seq <= coalesce((SELECT max(seq) FROM audit), 0)"
    ),
}.items():
    refuse = "BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"
    trigger = DDL(f"CREATE TRIGGER {name} {moment} {refuse}")  # type: ignore[no-untyped-call]
    event.listen(audit, "after_create", trigger.execute_if(dialect="sqlite"))

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

ONLY_GROWS = "the audit log only grows"
# REPLACE removes the old row without asking a delete trigger, so a known number is refused too.
SQLITE = {
    "audit_keeps_rows": "BEFORE DELETE ON audit",
    "audit_keeps_words": "BEFORE UPDATE ON audit",
    "audit_keeps_order": (
        "BEFORE INSERT ON audit WHEN NEW.seq <= coalesce((SELECT max(seq) FROM audit), 0)"
    ),
}
POSTGRES = (
    "CREATE OR REPLACE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{ONLY_GROWS}'; END $$",
    "CREATE TRIGGER audit_keeps_rows BEFORE DELETE OR UPDATE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuses()",
    "CREATE TRIGGER audit_keeps_all BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
)


def _after_create(sql: str, dialect: str) -> None:
    statement = DDL(sql)  # type: ignore[no-untyped-call]
    event.listen(audit, "after_create", statement.execute_if(dialect=dialect))


for name, moment in SQLITE.items():
    refuse = f"BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END"
    _after_create(f"CREATE TRIGGER {name} {moment} {refuse}", "sqlite")
for sql in POSTGRES:
    _after_create(sql, "postgresql")

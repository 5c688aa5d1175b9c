"""Routes of the audit log."""

from typing import Annotated, Any

import msgspec

from nexus.core.model import audit as model
from nexus.core.people.audit import LIMIT
from nexus.ui import deeds
from nexus.ui.api.route import route
from nexus.ui.api.shapes import Page, Row
from nexus.ui.api.write import Moment, show
from nexus.ui.door import actor, needs, nexus


class AuditRow(Row, frozen=True, kw_only=True):
    """Somebody did something. `says` puts it into one sentence; `hash` seals the row."""

    seq: int
    at: Moment
    actor: str
    by: str
    via: str
    ip: str
    action: str
    object: str
    before_hash: str
    after_hash: str
    meta: dict[str, Any]
    hash: str
    says: str = ""


class Verdict(Row, frozen=True, kw_only=True):
    """What checking the audit log found. `seq` is the first bad row, null when all is fine."""

    fine: bool
    rows: int
    anchors: int
    says: str
    seq: int | None


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Which rows are asked for; `cursor` comes from the page before."""

    actor: str = ""
    action: str = ""
    text: str = ""
    since: str | None = None
    until: str | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=LIMIT)] = 50


@route("GET", "/audit")
@needs("audit", "read")
def list_audit(query: Asked) -> Page[AuditRow]:
    """List who did what, newest first; days and times are UTC."""
    wanted = model.Wanted(
        actor=query.actor,
        action=query.action,
        text=query.text,
        since=deeds.read_time(query.since),
        until=deeds.read_time(query.until, end=True),
    )
    page = nexus().audit.list(actor(), wanted, query.cursor, query.limit)
    rows = [_told(row) for row in page.rows]
    return Page(rows=rows, cursor=page.cursor)


@route("GET", "/audit/verify")
@needs("audit", "read")
def verify_audit() -> Verdict:
    """Check the whole chain and its anchors; `seq` is the first bad row."""
    return show(nexus().audit.verify(actor()), Verdict)


def _told(row: model.AuditRow) -> AuditRow:
    shown = show(row, AuditRow)
    return msgspec.structs.replace(shown, says=deeds.sentence(row))

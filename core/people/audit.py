"""The audit log's verbs: list, export, verify; and the anchor that is cast once a day."""

import logging
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec

from nexus.core.clock import SECOND, Clock
from nexus.core.model.actor import Actor
from nexus.core.model.audit import AuditRow, Verdict, Wanted
from nexus.core.model.problem import Problem, Refused
from nexus.core.model.view import Page
from nexus.core.people.inspect import inspect
from nexus.core.people.policy import allow
from nexus.core.store import audit as store
from nexus.core.store.anchors import Anchors
from nexus.core.store.database import Database

log = logging.getLogger("nexus.audit")
DAY = 24 * 3600 * SECOND
AGAIN = 3600 * SECOND
LIMIT = 200
ANYTHING = Wanted()


class Audit:
    """Who did what. Rows are written by the verbs themselves, inside their own transactions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._anchors = Anchors(database.folder, database.chain)
        newest = self._anchors.newest()
        self._next = newest.at + DAY if newest else 0

    def list(
        self,
        actor: Actor,
        wanted: Wanted = ANYTHING,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[AuditRow]:
        """Return rows, newest first; the cursor of one page asks for the next."""
        allow(actor, "audit", "read")
        limit = max(1, min(limit, LIMIT))
        query = store.matching(**asdict(wanted), before=_before(cursor)).limit(limit + 1)
        rows = [_row(row) for row in self._database.rows(query)]
        more = str(rows[limit - 1].seq) if len(rows) > limit else None
        return Page(rows=rows[:limit], cursor=more)

    def export(self, actor: Actor, wanted: Wanted = ANYTHING) -> Iterator[AuditRow]:
        """Return every row that fits, newest first."""
        allow(actor, "audit", "read")
        return self._walk(actor, wanted)

    def who(self, actor: Actor) -> dict[str, str]:
        """Return the id and name of everybody in the log."""
        allow(actor, "audit", "read")
        rows = self._database.rows(store.actors())
        return {row.actor: str(msgspec.json.decode(row.meta).get("by", "")) for row in rows}

    def what(self, actor: Actor) -> tuple[str, ...]:
        """Return every action that the log holds."""
        allow(actor, "audit", "read")
        return tuple(row.action for row in self._database.rows(store.actions()))

    def verify(self, actor: Actor) -> Verdict:
        """Walk the whole chain and hold it against the anchors."""
        allow(actor, "audit", "read")
        rows = store.every(self._database.rows)
        return inspect(rows, self._anchors.lines(), self._database.chain)

    def tick(self, now: int) -> None:
        """Cast an anchor when the last one is a day old; called by the engine."""
        if now < self._next:
            return
        try:
            self._next = now + (DAY if self._cast(now) else AGAIN)
        except OSError as error:
            self._next = now + AGAIN
            log.error("the audit log could not be anchored: %s", error)

    def _cast(self, now: int) -> bool:
        head = self._database.one(store.HEAD)
        if head is None:
            return False
        anchor = self._anchors.add(now, head.seq, head.hash)
        log.info("audit anchor: row %d has the hash %s (%s)", head.seq, head.hash, anchor.mark)
        return True

    def _walk(self, actor: Actor, wanted: Wanted) -> Iterator[AuditRow]:
        cursor: str | None = None
        while True:
            page = self.list(actor, wanted, cursor, LIMIT)
            yield from page.rows
            if (cursor := page.cursor) is None:
                return


def _row(row: Any) -> AuditRow:
    meta = msgspec.json.decode(row.meta, type=dict[str, Any])
    return AuditRow(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        by=str(meta.pop("by", "")),
        via=row.via,
        ip=row.ip,
        action=row.action,
        object=row.object,
        before_hash=row.before_hash,
        after_hash=row.after_hash,
        meta=meta,
        hash=row.hash,
    )


def _before(cursor: str | None) -> int | None:
    if not cursor:
        return None
    if cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
        return int(cursor)
    title, expected = f"{cursor[:40]!r} is not a cursor.", "the cursor of the page before"
    raise Refused(Problem(code="bad_cursor", title=title, expected=expected))

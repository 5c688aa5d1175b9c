"""Hear what other processes changed.

Whoever changes a flow, a connection or an address writes a row into the audit log, in the same
transaction. So its newest number tells whether what is remembered here is still true.
"""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from nexus.core.store.database import Database
from nexus.core.store.tables import SCHEMA_VERSION, audit, meta

OFTEN = 0.25  # seconds


class News:
    """Asks for the newest change, and tells everybody who remembers something."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen = 0
        self._asked = 0.0
        self.listeners: list[Callable[[], None]] = []

    def hear(self) -> bool:
        """Let what is remembered be read afresh when somebody changed something.

        However often this is called, the database is asked a few times a second. Where a newer
        Nexus changed the tables, this one writes nothing more.
        """
        now = time.monotonic()
        if now - self._asked < OFTEN:
            return False
        self._asked = now
        schema = select(meta.c.value).where(meta.c.name == "schema").scalar_subquery()
        row: Any = self._database.one(select(func.coalesce(func.max(audit.c.seq), 0), schema))
        head, kept = row or (0, SCHEMA_VERSION)
        if int(kept) > SCHEMA_VERSION:
            self._database.retire("a newer Nexus changed the database")
        changed, self._seen = int(head) != self._seen, int(head)
        if changed:
            for listener in self.listeners:
                listener()
        return changed

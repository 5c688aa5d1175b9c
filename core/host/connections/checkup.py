"""Try connections out: when a person asks, and each of them once a day."""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from nexus.core.clock import SECOND
from nexus.core.host.connections.keeping import Keeping, grant
from nexus.core.host.connections.opening import Opener, has_token
from nexus.core.model.deed import Deed
from nexus.core.sdk import BadConnection, Context, OfferedTest, Trouble
from nexus.core.store import connections as store

DAY = 24 * 3600 * SECOND
TOTAL_SECONDS = 40
log = logging.getLogger("nexus.connections")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a trial came to."""

    health: str
    says: str


class Checkup:
    """Tries connections out and keeps what came of it. `on_ready` hears of one that works."""

    def __init__(self, keeping: Keeping, opener: Opener) -> None:
        self._keeping = keeping
        self._opener = opener
        self._busy = threading.Lock()
        self.on_ready: Callable[[str], None] = lambda alias: None

    def tick(self, now: int) -> int | None:
        """Begin the daily trials that are due, beside the engine; return when the next is due."""
        rows = [row for row in store.every(self._keeping.database) if row.enabled]
        due = [row for row in rows if _next(row) <= now]
        if due and self._busy.acquire(blocking=False):
            threading.Thread(target=self._all, args=(due,), name="checkup", daemon=True).start()
        return min((_next(row) for row in rows if row not in due), default=None)

    def _all(self, rows: list[Any]) -> None:
        try:
            for row in rows:
                self._one(row)
        finally:
            self._busy.release()

    def _one(self, row: Any) -> None:
        try:
            self.check(row)
        except Exception:
            log.exception("the connection %s could not be tried", row.alias)

    def check(self, row: Any, done: Deed | None = None) -> Finding:
        """Try one out and keep what came of it; runs that wait for it go on when it works."""
        found = self.trial(row)
        self.keep(row, found, done and done.tell(health=found.health))
        return found

    def keep(self, row: Any, found: Finding, done: Deed | None = None) -> None:
        """Keep what a trial came to, unless the connection was changed meanwhile.

        `done` tells who asked for the trial; nobody did when Nexus tries by itself.
        """
        now = self._keeping.clock.now()
        present = store.by_id(self._keeping.database, row.id)
        if present is None or present.version != row.version:
            return
        facts = {"health": found.health, "says": found.says, "checked": now}
        store.change(self._keeping.database, row.id, done, **facts)
        self._opener.forget(row.alias)
        if found.health != "broken":
            self.on_ready(row.alias)

    def trial(self, row: Any) -> Finding:
        """Try one out; changes nothing here."""
        kind = self._keeping.kind(row)
        needs_consent = kind is not None and grant(kind, row) == "authorization_code"
        if needs_consent and not has_token(self._keeping, row):
            return Finding("unconnected", "Nobody has connected it yet.")
        try:
            says = asyncio.run(self._try(row))
        except Trouble as trouble:
            return Finding("broken", self._clean(_words(trouble)))
        except TimeoutError:
            return Finding("broken", f"Nothing came back within {TOTAL_SECONDS} s.")
        except Exception as error:  # noqa: BLE001 - a module's test may raise anything
            words = f"The module {row.module} broke: {type(error).__name__}: {error}"
            return Finding("broken", self._clean(words))
        return Finding("ok" if says else "untested", self._clean(says or CANNOT))

    async def _try(self, row: Any) -> str:
        async with asyncio.timeout(TOTAL_SECONDS):
            equipment = self._opener.opened(row)
            if equipment.renew is not None:
                equipment = await equipment.renew(False)
            test = self._keeping.catalog.test(row.module, row.kind)
            if test is None:
                return "The provider gives a token." if equipment.renew else ""
            context = Context(
                connection=equipment.connection, http=equipment.http, clock=self._keeping.clock
            )
            try:
                return await _run(test, context)
            except BadConnection:
                if equipment.renew is None:
                    raise
                context.connection = (await equipment.renew(True)).connection
                return await _run(test, context)

    def _clean(self, words: str) -> str:
        return self._keeping.redactor.text(words)[:500]


CANNOT = "This kind of connection cannot be tried out; the first run will show."


async def _run(test: OfferedTest, context: Context) -> str:
    if test.is_async:
        return str(await cast(Any, test(context)))
    return str(await asyncio.to_thread(test, context))


def _words(trouble: Trouble) -> str:
    return f"{trouble.message} {trouble.hint}".strip()


def _next(row: Any) -> int:
    """Return when a connection is to be tried next; a new one a day after it was made."""
    return int(row.checked if row.checked is not None else row.changed) + DAY

"""Tell people of what ends soon: the credentials of their connections, and their API tokens.

Each is told once for each day that it ends on; a mail that cannot be sent is tried again later.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nexus.core.clock import SECOND, Clock, moment
from nexus.core.store import reminders as store
from nexus.core.store.database import Database

HOUR = 3600 * SECOND
DAY = 24 * HOUR
EVERY = 6 * HOUR
CONNECTION_DAYS = 14
TOKEN_DAYS = 7
Post = Callable[[str, str, str], bool]
log = logging.getLogger("nexus.people")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """What ends when, whose it is, and the mail that says so."""

    about: str
    due: int
    person_id: str
    subject: str
    text: str


class Reminders:
    """Looks every few hours for what ends soon."""

    def __init__(self, database: Database, clock: Clock, post: Post) -> None:
        self._database = database
        self._clock = clock
        self._post = post
        self._busy = threading.Lock()
        self._next = 0

    def tick(self, now: int) -> int:
        """Look when it is time, and begin to write beside the engine; return when to look again."""
        if now >= self._next:
            self._next = now + EVERY
            if self._due(now) and self._busy.acquire(blocking=False):
                threading.Thread(target=self._beside, name="reminders", daemon=True).start()
        return self._next

    def remind(self) -> int:
        """Mail everything that ends soon and was not told yet; returns how many mails went out."""
        now = self._clock.now()
        store.forget(self._database, now - 30 * DAY)
        return sum(self._tell(one) for one in self._due(now))

    def _due(self, now: int) -> list[Reminder]:
        return [*self._connections(now), *self._tokens(now)]

    def _beside(self) -> None:
        try:
            self.remind()
        except Exception:
            log.exception("what ends soon could not be told")
        finally:
            self._busy.release()

    def _tell(self, one: Reminder) -> int:
        addresses = store.addresses_of(self._database, one.person_id)
        if not addresses or not store.claim(self._database, one.about, one.due):
            return 0
        sent = [self._post(address, one.subject, one.text) for address in addresses]
        if not any(sent):
            store.let_go(self._database, one.about, one.due)
        return sum(sent)

    def _connections(self, now: int) -> Iterator[Reminder]:
        for row in store.connections_that_end(self._database, now, now + CONNECTION_DAYS * DAY):
            day = moment(row.expires).date()
            yield Reminder(
                about=f"connection:{row.id}",
                due=row.expires,
                person_id=row.person_id,
                subject=f"The connection {row.alias} ends on {day}",
                text=f"The credentials of the connection {row.alias} end on {day}. Runs that use "
                f"it wait from then on.\n\nRenew them in time:\n\n{{site}}/settings/connections",
            )

    def _tokens(self, now: int) -> Iterator[Reminder]:
        for row in store.tokens_that_end(self._database, now, now + TOKEN_DAYS * DAY):
            day = moment(row.expires).date()
            yield Reminder(
                about=f"token:{row.id}",
                due=row.expires,
                person_id=row.person_id,
                subject=f"Your API token {row.name} ends on {day}",
                text=f"Your API token {row.name} ends on {day}. What uses it is turned away from "
                "then on.\n\nMake another in time:\n\n{site}/settings/tokens",
            )

"""Send the few mails of Nexus itself, by a connection of whichever module can send mail."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from nexus.core.clock import Clock
from nexus.core.host.catalog import LoadedCatalog
from nexus.core.host.connections import Connections
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.people.policy import allow
from nexus.core.sdk import Context
from nexus.core.store.connections import find
from nexus.core.store.database import Database
from nexus.core.store.settings import read_setting, write_setting

SETTING = "post"
WANTED = {"to", "subject", "text"}
log = logging.getLogger("nexus.people")


@dataclass(frozen=True, slots=True)
class Site:
    """At which address people open Nexus, and by which connection it sends its mails."""

    url: str = ""
    connection: str = ""


class Post:
    """Sends mail once an owner has said by which connection, and where Nexus is to be found."""

    def __init__(
        self, database: Database, catalog: LoadedCatalog, connections: Connections, clock: Clock
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._connections = connections
        self._clock = clock

    @property
    def site(self) -> Site:
        """What was set."""
        return Site(**(read_setting(self._database, SETTING) or {}))

    def set(self, actor: Actor, url: str, connection: str) -> Site:
        """Say where Nexus is to be found and by which connection it sends mail.

        Raises:
            Refused: There is no such connection, or its module sends no mail.
        """
        allow(actor, "sso", "set")
        if connection:
            self._action(connection)
        if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise Refused(Problem(code="bad_url", title="The address begins with https://."))
        site = {"url": url.rstrip("/"), "connection": connection}
        done = deed(actor, self._clock.now(), "sso.set", "post", what="where mails come from")
        write_setting(self._database, SETTING, site, done)
        return Site(**site)

    def send(self, to: str, subject: str, text: str) -> bool:
        """Send a mail, `{site}` in it being where Nexus is; False when it cannot be sent."""
        site = self.site
        if not site.url or not site.connection or self._database.hold.is_on:
            return False
        letter = {"to": to, "subject": subject, "text": text.replace("{site}", site.url)}
        try:
            self._call(site.connection, letter)
        except Exception as error:  # noqa: BLE001 - a mail that fails takes nothing else down
            log.warning("a mail to a person was not sent: %s", type(error).__name__)
            return False
        return True

    def _call(self, alias: str, letter: dict[str, Any]) -> None:
        action = self._action(alias)
        equipment = self._connections.equip(action, alias)
        if equipment.renew is not None:
            equipment = asyncio.run(_finish(equipment.renew(False)))
        context = Context(
            key=secrets.token_hex(16),
            run="",
            step="",
            connection=equipment.connection,
            http=equipment.http,
            clock=self._clock,
        )
        answer = action.call(context, letter)
        if isinstance(answer, Awaitable):
            asyncio.run(_finish(answer))

    def _action(self, alias: str) -> Any:
        row = find(self._database, alias)
        if row is None:
            raise missing("connection", alias, "See `nexus connection list`.")
        for name in self._catalog.action_names():
            action = self._catalog.action(name)
            if action and action.module == row.module and set(_fields(action.input)) >= WANTED:
                return action
        title = f"The connection {alias} belongs to a module that sends no mail."
        raise Refused(Problem(code="no_mail", title=title))


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("properties", {})
    return found


async def _finish(answer: Awaitable[Any]) -> Any:
    return await answer

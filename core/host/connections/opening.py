"""Open a connection for a step, or say why its run has to wait."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from nexus.core.clock import SECOND
from nexus.core.host.connections.keeping import ACCESS, Keeping, grant
from nexus.core.host.connections.tokens import Tokens
from nexus.core.host.manifest import ConnectionKind
from nexus.core.model.action import Action
from nexus.core.model.equipment import Equipment
from nexus.core.model.problem import Refused
from nexus.core.sdk import BadConnection
from nexus.core.store import connections as store

REST = 15 * 60 * SECOND  # a provider that refused the credentials is left alone for so long


class Opener:
    """Keeps opened connections until they change."""

    def __init__(self, keeping: Keeping, tokens: Tokens) -> None:
        self._keeping = keeping
        self._tokens = tokens
        self._open: dict[tuple[str, str | None], Equipment] = {}
        self._pins: dict[str, str] = {}
        self.on_report: Callable[[str, str], None] = lambda id_, why: None

    def equip(self, action: Action, alias: str | None) -> Equipment:
        """Open a connection for an action; without one, the public net and nothing else.

        Raises:
            BadConnection: It is missing, turned off, broken, or belongs to another module.
        """
        key = (action.module, alias)
        equipment = self._open.get(key)
        if equipment is None:
            equipment = self._open[key] = self._equipment(action.module, alias)
        return equipment

    def pin(self, alias: str) -> str:
        """Return which version of a connection is in use now; empty when there is none."""
        pin = self._pins.get(alias)
        if pin is None:
            row = store.find(self._keeping.database, alias)
            pin = self._pins[alias] = _pin(row) if row is not None else ""
        return pin

    def forget(self, alias: str) -> None:
        """Open it afresh the next time: it changed."""
        self._open = {key: kept for key, kept in self._open.items() if key[1] != alias}
        self._pins.pop(alias, None)

    def refresh(self) -> None:
        """Open every connection afresh: another process may have changed some."""
        self._open, self._pins = {}, {}

    def _equipment(self, module: str, alias: str | None) -> Equipment:
        if alias is None:
            return Equipment(http=self._keeping.http.bind(hosts=self._hosts(module)))
        row = store.find(self._keeping.database, alias)
        if row is None or row.module != module:
            raise _missing(module, alias)
        self._check(row)
        return self.opened(row)

    def opened(self, row: Any) -> Equipment:
        """Open a row whatever its health.

        Raises:
            BadConnection: Its secrets cannot be opened, or its module is not active.
        """
        kind = self._keeping.kind(row)
        if kind is None:
            raise BadConnection(f"The module {row.module} is not active.")
        try:
            values = self._keeping.values(row)
        except Refused as refused:
            raise BadConnection(refused.problems[0].title, hint=refused.problems[0].hint) from None
        allow = msgspec.json.decode(row.allow)
        client = self._keeping.http.bind(row.id, allow, self._hosts(row.module))
        equipment = Equipment(
            connection=values,
            http=client,
            pin=_pin(row),
            ailing=row.health == "broken",
            report=partial(self.on_report, row.id),
        )
        return self._with_tokens(equipment, kind, row)

    def _with_tokens(self, equipment: Equipment, kind: ConnectionKind, row: Any) -> Equipment:
        if not grant(kind, row):
            return equipment

        async def renew(force: bool) -> Equipment:
            token = await self._tokens.access(row.id, force)
            values = {**equipment.connection, "access_token": token}
            return replace(equipment, connection=values, renew=renew)

        return replace(equipment, renew=renew)

    def _check(self, row: Any) -> None:
        """Refuse one that is off, or that the provider refused a short while ago."""
        if not row.enabled:
            raise _off(row.alias)
        fresh = row.checked is not None and self._keeping.clock.now() - row.checked < REST
        if row.health == "broken" and fresh:
            raise BadConnection(f"The connection {row.alias} is broken: {row.says}", hint=MEND)

    def _hosts(self, module: str) -> tuple[str, ...]:
        manifest = self._keeping.catalog.manifest(module)
        return manifest.hosts if manifest else ()  # none, when the module has gone


MEND = "Mend it under Settings, Connections; the run then goes on by itself."


def has_token(keeping: Keeping, row: Any) -> bool:
    """Say whether somebody has connected it."""
    return any(one.field == ACCESS for one in store.secrets_of(keeping.database, row.id))


def _pin(row: Any) -> str:
    return f"{row.id}:{row.version}"


def _missing(module: str, alias: str) -> BadConnection:
    hint = f"Set it up under Settings, Connections, or: nexus connection set {alias} --module …"
    words = f"There is no {module} connection {alias}."
    return BadConnection(words, code="connection_missing", hint=hint, sent=False)


def _off(alias: str) -> BadConnection:
    words = f"The connection {alias} is turned off."
    return BadConnection(words, hint="Turn it on under Settings, Connections.", sent=False)

"""Connections: what a module needs to reach its provider. Values are sealed; secrets never leave.

The full life of a connection (tests, OAuth, expiry, clients) is built on this room later.
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from nexus.core.clock import Clock
from nexus.core.host.catalog import LoadedCatalog
from nexus.core.host.manifest import ConnectionKind
from nexus.core.http import Http, read_allow
from nexus.core.model.action import Action
from nexus.core.model.actor import Actor
from nexus.core.model.equipment import Equipment
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.view import ConnectionRow
from nexus.core.people.policy import allow as permit
from nexus.core.sdk import Refuse
from nexus.core.store import connections as store
from nexus.core.store.database import Database
from nexus.core.store.vault import Vault

SHORTEST_SECRET = 6
Networks = list[str]
HIDDEN = "***"


class Connections:
    """Keeps connections and opens them for effects."""

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, catalog: LoadedCatalog
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._catalog = catalog
        self._http = Http()
        self._open: dict[tuple[str, str | None], Equipment] = {}

    def set(
        self,
        actor: Actor,
        alias: str,
        module: str,
        values: Mapping[str, Any],
        allow: Networks | None = None,
    ) -> ConnectionRow:
        """Keep a connection. `allow` lists private networks (`127.0.0.0/8`) that it may reach.

        Raises:
            Refused: The module is not active or takes no connection, or a value does not fit.
        """
        permit(actor, "connection", "set")
        self._check(module, values, allow or [])
        sealed = self._vault.seal(msgspec.json.encode(dict(values)).decode(), f"connection:{alias}")
        now = self._clock.now()
        store.save_connection(self._database, alias, module, sealed, allow or [], now)
        self._open = {key: kept for key, kept in self._open.items() if key[1] != alias}
        return self._row(store.find_connection(self._database, alias))

    def equip(self, action: Action, alias: str | None) -> Equipment:
        """Open a connection for an action; without one, the public net and nothing else.

        Raises:
            Refuse: The alias is unknown or belongs to another module.
        """
        key = (action.module, alias)
        equipment = self._open.get(key)
        if equipment is None:
            equipment = self._open[key] = self._equipment(action, alias)
        return equipment

    def _equipment(self, action: Action, alias: str | None) -> Equipment:
        manifest = self._catalog.manifest(action.module)
        hosts = manifest.hosts if manifest else ()  # none, when the module has gone
        if alias is None:
            return Equipment(http=self._http.bind(hosts=hosts))
        row = store.find_connection(self._database, alias)
        if row is None or row.module != action.module:
            hint = f"Set it up: nexus connection set {alias} --module {action.module} …"
            raise Refuse(
                f"There is no {action.module} connection {alias}.",
                code="connection_missing",
                hint=hint,
                sent=False,
            )
        values = self._values(row)
        secrets = [str(values[name]) for name in self._secret_names(row.module) if values.get(name)]
        allow = msgspec.json.decode(row.allow)
        client = self._http.bind(alias, allow, hosts)
        return Equipment(connection=values, http=client, secrets=_derived(secrets))

    def _check(self, module: str, values: Mapping[str, Any], allow: Networks) -> None:
        kind = self._kind(module)
        if kind is None:
            raise missing("module with a connection called", module, "See `nexus module list`.")
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - heavy, first use

        for error in Draft202012Validator(kind.fields).iter_errors(dict(values)):
            where = ".".join(str(part) for part in error.absolute_path)
            is_secret = not kind.secrets.isdisjoint(error.absolute_path)
            wrong = "the secret does not fit" if is_secret else error.message
            title = f"The connection's {where or 'values'}: {wrong}."
            known = "" if where else f"only {', '.join(kind.fields.get('properties', ()))}"
            raise Refused(Problem(code="bad_connection", title=title, expected=known))
        try:
            read_allow(allow)
        except ValueError as error:
            raise Refused(Problem(code="bad_network", title=str(error))) from None

    def _row(self, row: Any) -> ConnectionRow:
        hidden = self._secret_names(row.module)
        values = {
            name: HIDDEN if name in hidden else value for name, value in self._values(row).items()
        }
        return ConnectionRow(
            alias=row.alias,
            module=row.module,
            values=values,
            allow=tuple(msgspec.json.decode(row.allow)),
            changed=row.changed,
        )

    def _values(self, row: Any) -> dict[str, Any]:
        opened = self._vault.open(row.sealed, f"connection:{row.alias}")
        return msgspec.json.decode(opened, type=dict[str, Any])

    def _kind(self, module: str) -> ConnectionKind | None:
        manifest = self._catalog.manifest(module)
        return next(iter(manifest.connections.values()), None) if manifest else None

    def _secret_names(self, module: str) -> frozenset[str]:
        kind = self._kind(module)
        return kind.secrets if kind else frozenset()

    def list(self, actor: Actor) -> list[ConnectionRow]:
        """Return every connection, without its secrets."""
        permit(actor, "connection", "read")
        return [self._row(row) for row in store.all_connections(self._database)]


def _derived(secrets: list[str]) -> tuple[str, ...]:
    """Return the secrets and the forms in which they travel, longest first."""
    found: set[str] = set()
    for secret in secrets:
        if len(secret) < SHORTEST_SECRET:
            continue
        raw = secret.encode()
        forms = (
            secret,
            base64.b64encode(raw).decode(),
            base64.urlsafe_b64encode(raw).decode(),
            raw.hex(),
            quote(secret, safe=""),
            msgspec.json.encode(secret).decode()[1:-1],
        )
        found.update(forms)
    return tuple(sorted(found, key=len, reverse=True))

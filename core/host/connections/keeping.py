"""What every file of this room works with: rows, the vault, and the kinds of the modules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from nexus.core.clock import Clock
from nexus.core.host.catalog import LoadedCatalog
from nexus.core.host.manifest import ConnectionKind
from nexus.core.http import Http
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed, deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.view import ConnectionRow, SecretRow
from nexus.core.redact import Redactor
from nexus.core.store import connections as store
from nexus.core.store.database import Database
from nexus.core.store.vault import Vault

ACCESS, REFRESH = "oauth.access", "oauth.refresh"
TOKENS = (ACCESS, REFRESH)
LONG_ENOUGH = 16  # so that four characters of it tell nothing
NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,79})(?:@([A-Za-z0-9][A-Za-z0-9_.-]{0,79}))?")


@dataclass(frozen=True, slots=True)
class Keeping:
    """The opened installation, as far as connections need it."""

    database: Database
    vault: Vault
    clock: Clock
    catalog: LoadedCatalog
    redactor: Redactor
    http: Http

    def find(self, name: str) -> Any:
        """Return the row of `alias` or `alias@client`.

        Raises:
            Refused: There is none (404).
        """
        alias, client = read_name(name)
        row = store.find(self.database, alias, client)
        if row is None:
            raise missing("connection", name, "See `nexus connection list`.")
        return row

    def kind(self, row: Any) -> ConnectionKind | None:
        """Return what the connection's module says that it holds."""
        return self.catalog.connection(row.module, row.kind)

    def secrets(self, row: Any) -> dict[str, str]:
        """Open every secret of a connection, tokens included, and make them known to be hidden."""
        opened = {
            one.field: self.vault.open(one.sealed, _about(row.id, one.field))
            for one in store.secrets_of(self.database, row.id)
        }
        self.redactor.learn(opened.values())
        return opened

    def values(self, row: Any) -> dict[str, Any]:
        """Return the connection's values with its secrets opened, tokens left out."""
        secrets = self.secrets(row)
        return open_values(row) | {
            field: text for field, text in secrets.items() if field not in TOKENS
        }

    def seal(self, id_: str, field: str, text: str, expires: int | None = None) -> store.Sealed:
        """Seal a secret for its place, and hide it from now on."""
        self.redactor.learn([text])
        tail = text[-4:] if len(text) >= LONG_ENOUGH else ""
        tail = "" if field in TOKENS else tail
        sealed = self.vault.seal(text, _about(id_, field))
        return store.Sealed(field=field, sealed=sealed, tail=tail, expires=expires)

    def deed(self, actor: Actor, verb: str, row: Any, **more: Any) -> Deed:
        """Return what an actor does to a connection, for the audit log."""
        told = {"module": row.module, "label": row.label}
        now, action = self.clock.now(), f"connection.{verb}"
        return deed(actor, now, action, write_name(row), **told, **more)

    def view(self, row: Any, flows: tuple[str, ...] = (), waiting: int = 0) -> ConnectionRow:
        """Return a connection as it may be shown."""
        kind = self.kind(row)
        secrets = store.secrets_of(self.database, row.id)
        return ConnectionRow(
            name=write_name(row),
            values=open_values(row),
            secrets=tuple(
                SecretRow(field=one.field, tail=one.tail, changed=one.changed)
                for one in secrets
                if one.field not in TOKENS
            ),
            allow=tuple(msgspec.json.decode(row.allow)),
            consent=kind is not None and grant(kind, row) == "authorization_code",
            flows=flows,
            waiting=waiting,
            **{name: getattr(row, name) for name in SHOWN},
        )


SHOWN = (
    "alias",
    "client",
    "module",
    "kind",
    "label",
    "version",
    "enabled",
    "health",
    "says",
    "checked",
    "expires",
    "changed",
)


def open_values(row: Any) -> dict[str, Any]:
    """Return the values that are no secrets."""
    return msgspec.json.decode(row.open_values, type=dict[str, Any])


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Put a connection's values into a text of its manifest."""
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1]) or ""), template)


def grant(kind: ConnectionKind, row: Any) -> str:
    """Return how the connection gets its tokens; empty when it has none."""
    return fill(kind.oauth.get("grant", ""), open_values(row))


def read_name(name: str) -> tuple[str, str | None]:
    """Split `alias` or `alias@client`.

    Raises:
        Refused: It is written otherwise.
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise Refused(
            Problem(
                code="bad_name",
                title=f"{name[:80]!r} cannot be a connection's name.",
                expected="letters, digits, _ . - and, for one client only, @client",
                hint="Try something like stripe-live or stripe-live@acme.",
            )
        )
    return found[1], found[2]


def write_name(row: Any) -> str:
    """Return the name under which a connection is asked for."""
    return f"{row.alias}@{row.client}" if row.client else str(row.alias)


def _about(id_: str, field: str) -> str:
    return f"connection:{id_}:{field}"

"""The connection verbs: set, turn, test, connect, remove, list and show."""

import builtins
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from nexus.core.clock import Clock
from nexus.core.host.catalog import LoadedCatalog
from nexus.core.host.connections.checkup import Checkup, Finding
from nexus.core.host.connections.consents import Consents
from nexus.core.host.connections.deeds import deeds_of, kept_facts
from nexus.core.host.connections.fields import check_networks, check_values, moved
from nexus.core.host.connections.keeping import (
    TOKENS,
    Keeping,
    open_values,
    read_name,
    write_name,
)
from nexus.core.host.connections.lacks import lack
from nexus.core.host.connections.opening import Opener
from nexus.core.host.connections.tokens import Tokens
from nexus.core.host.connections.wanted import About, Networks, Values, Wanted, facts_of
from nexus.core.host.manifest import ConnectionKind
from nexus.core.http import Http
from nexus.core.model.actor import Actor
from nexus.core.model.equipment import Equip
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.view import ConnectionRow
from nexus.core.people.policy import allow as permit
from nexus.core.redact import Redactor
from nexus.core.store import connections as store
from nexus.core.store.database import Database
from nexus.core.store.vault import Vault


class Connections:
    """Everything that can be asked of connections."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        catalog: LoadedCatalog,
        redactor: Redactor | None = None,
    ) -> None:
        self._keeping = Keeping(database, vault, clock, catalog, redactor or Redactor(), Http())
        tokens = Tokens(self._keeping)
        self._opener = Opener(self._keeping, tokens)
        self._consents = Consents(self._keeping, tokens)
        self.checkup = Checkup(self._keeping, self._opener)
        self._opener.on_report = self._report
        self.flows_using: Callable[[], Mapping[str, builtins.list[str]]] = dict

    @property
    def equip(self) -> Equip:
        """Return what opens a connection for an action."""
        return self._opener.equip

    def pin(self, alias: str) -> str:
        """Return which version of a connection is in use now."""
        return self._opener.pin(alias)

    def refresh(self) -> None:
        """Forget what was opened here: another process may have changed it."""
        self._opener.refresh()

    def set(
        self,
        actor: Actor,
        name: str,
        module: str,
        values: Values,
        allow: Networks | None = None,
        about: About | None = None,
    ) -> ConnectionRow:
        """Keep a connection, new or known, and let the runs that wait for it go on.

        Its open values are replaced. A secret that `values` leaves out stays; None takes it away.
        `allow` lists private networks (`127.0.0.0/8`) that it may reach; None leaves them.

        Raises:
            Refused: The module takes no such connection, a value does not fit, or it would speak
                to another server with the secrets that were entered for the first.
        """
        permit(actor, "connection", "set")
        alias, client = read_name(name)
        old = store.find(self._keeping.database, alias, client)
        about = about or About()
        kind = self._kind(module, about.kind)
        wanted = Wanted(module, kind, values, self._allow(actor, old, allow), about)
        self._check(old, wanted)
        row = facts_of(old, wanted) | {"owner": actor.id, "changed": self._keeping.clock.now()}
        self._write(actor, row | {"alias": alias, "client": client}, wanted, old)
        self._opener.forget(alias)
        self.checkup.on_ready(alias)
        return self.show(actor, name)

    def turn(self, actor: Actor, name: str, on: bool) -> ConnectionRow:
        """Turn a connection on or off; while it is off, the runs that need it wait."""
        permit(actor, "connection", "turn")
        row = self._keeping.find(name)
        done = self._keeping.deed(actor, "turn", row, before=row.enabled, after=on, on=on)
        store.change(self._keeping.database, row.id, done, enabled=on)
        self._opener.forget(row.alias)
        if on:
            self.checkup.on_ready(row.alias)
        return self.show(actor, name)

    def test(self, actor: Actor, name: str) -> Finding:
        """Try a connection out at its provider and keep what came of it."""
        permit(actor, "connection", "test")
        self._keeping.database.hold.check()
        row = self._keeping.find(name)
        return self.checkup.check(row, self._keeping.deed(actor, "test", row))

    def connect(self, actor: Actor, name: str, session: str, redirect: str) -> str:
        """Return where a person is sent to consent; the answer comes back to `redirect`."""
        permit(actor, "connection", "connect")
        return self._consents.begin(self._keeping.find(name), session, redirect)

    def connected(
        self, actor: Actor, session: str, answer: Mapping[str, str], redirect: str
    ) -> ConnectionRow:
        """Take a provider's answer to a consent: `state` with `code` or `error`."""
        permit(actor, "connection", "connect")
        self._keeping.database.hold.check()
        parts = (answer.get("state", ""), answer.get("code", ""), answer.get("error", ""))
        row = self._consents.finish(actor, session, *parts, redirect)
        self.checkup.check(row)
        return self.show(actor, write_name(row))

    def remove(self, actor: Actor, name: str) -> None:
        """Remove a connection with its secrets; runs that need it wait until it is set again."""
        permit(actor, "connection", "remove")
        row = self._keeping.find(name)
        done = self._keeping.deed(actor, "remove", row, before=kept_facts(row))
        store.remove(self._keeping.database, row.id, done)
        self._opener.forget(row.alias)

    def list(self, actor: Actor) -> list[ConnectionRow]:
        """Return every connection, without its secrets."""
        permit(actor, "connection", "read")
        flows, waiting = self.flows_using(), store.waiting(self._keeping.database)
        return [
            self._keeping.view(row, tuple(flows.get(row.alias, ())), waiting.get(row.alias, 0))
            for row in store.every(self._keeping.database)
        ]

    def show(self, actor: Actor, name: str) -> ConnectionRow:
        """Return one connection, without its secrets."""
        permit(actor, "connection", "read")
        row = self._keeping.find(name)
        flows, waiting = self.flows_using(), store.waiting(self._keeping.database)
        return self._keeping.view(row, tuple(flows.get(row.alias, ())), waiting.get(row.alias, 0))

    def lacks(self, aliases: Iterable[str]) -> builtins.list[Problem]:
        """Return what the connections that a flow names lack; flows ask, before anybody runs."""
        found = (lack(self._keeping, alias) for alias in sorted(aliases))
        return [problem for problem in found if problem is not None]

    def _kind(self, module: str, kind: str) -> ConnectionKind:
        manifest = self._keeping.catalog.manifest(module)
        kinds = manifest.connections if manifest else {}
        name = kind or next(iter(kinds), "")
        if name not in kinds:
            what = f"{module}.{kind}" if kind else module
            raise missing("module with a connection called", what, "See `nexus module list`.")
        return kinds[name]

    def _allow(self, actor: Actor, old: Any, allow: Networks | None) -> Networks:
        """Return the networks to keep; opening a private one is a right of its own."""
        before: Networks = msgspec.json.decode(old.allow) if old else []
        if allow is None or allow == before:
            return before
        permit(actor, "connection", "allow")
        check_networks(allow)
        return allow

    def _check(self, old: Any, wanted: Wanted) -> None:
        """Refuse values that do not fit, and secrets that would go to another server."""
        before = self._before(old, wanted)
        kept = {
            name: value
            for name, value in before.items()
            if name in wanted.kind.secrets and name not in wanted.values
        }
        check_values(wanted.kind, kept | wanted.given)
        place = moved(wanted.kind, before, wanted.given) if kept else ""
        if place:
            raise Refused(_secrets_again(place, sorted(kept)))

    def _before(self, old: Any, wanted: Wanted) -> dict[str, Any]:
        """Return the values as they are now, secrets opened as far as they can be."""
        if old is None:
            return {}
        if (old.module, old.kind) != (wanted.module, wanted.kind.name):
            raise Refused(_other_kind(old))
        try:
            return self._keeping.values(old)
        except Refused:  # its key is lost: every secret has to be given anew
            return open_values(old)

    def _write(self, actor: Actor, row: dict[str, Any], wanted: Wanted, old: Any) -> None:
        secrets, values = wanted.kind.secrets, wanted.values
        gone = [name for name in secrets if name in values and values[name] is None]
        if old is not None and row["version"] != old.version:
            gone += TOKENS  # they were given for what the connection was before
        with self._keeping.vault.turning, self._keeping.database.write() as writer:
            sealed = [
                self._keeping.seal(row["id"], name, str(values[name]))
                for name in sorted(secrets)
                if values.get(name) is not None
            ]
            store.save(writer, row, sealed, gone)
            for done in deeds_of(self._keeping, actor, old, row):
                self._keeping.database.audit(writer, done)

    def _report(self, id_: str, why: str) -> None:
        """Keep what a run learned of a connection: refused (why), or taken again (empty)."""
        row = store.by_id(self._keeping.database, id_)
        if row is not None:
            words = self._keeping.redactor.text(why)[:500]
            self.checkup.keep(row, Finding("broken" if why else "ok", words))


def _secrets_again(place: str, secrets: builtins.list[str]) -> Problem:
    return Problem(
        code="secrets_again",
        title=f"The connection's {place} changes, so its secrets have to be entered again.",
        field=secrets[0],
        expected=" and ".join(secrets),
        hint="This keeps a secret from being sent to a server that it was not meant for.",
    )


def _other_kind(old: Any) -> Problem:
    return Problem(
        code="other_kind",
        title=f"The connection {write_name(old)} belongs to {old.module}.{old.kind}.",
        status=409,
        hint="Choose another name, or remove it first.",
    )

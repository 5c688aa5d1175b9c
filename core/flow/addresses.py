"""The addresses that flows listen at: `/hooks/<key>`, their secrets, who signs there."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from nexus.core.clock import Clock
from nexus.core.model.action import Catalog, Hook, Scheme, Trigger
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.flow import Flow, Start
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.view import HookRow
from nexus.core.redact import Redactor
from nexus.core.store import flows as store
from nexus.core.store.database import Database
from nexus.core.store.vault import Vault

LISTENING = ("hook", "manual")
Starts = list[tuple[str, str]]
Taken = dict[str, list[tuple[str, Hook]]]


def write_starts(flow: Flow) -> bytes:
    """Return what starts a flow, as its row keeps it: each trigger's name and address."""
    return msgspec.json.encode([(start.use, start.hook) for start in flow.triggers])


def read_starts(kept: bytes | None) -> Starts:
    """Return what `write_starts` kept."""
    return [] if kept is None else msgspec.json.decode(kept, type=Starts)


def key_hash(key: str) -> str:
    """Return the form in which an address's key is looked up."""
    return hashlib.sha256(key.encode()).hexdigest()


class Addresses:
    """Makes addresses, keeps their secrets sealed."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        catalog: Catalog,
        redactor: Redactor | None = None,
    ) -> None:
        self._redactor = redactor or Redactor()
        self._database = database
        self._vault = vault
        self._clock = clock
        self._catalog = catalog

    def named(self, flow: Flow) -> dict[str, Trigger]:
        """Return the addresses that the flow's triggers listen at, each with its trigger."""
        found: dict[str, Trigger] = {}
        for start in flow.triggers:
            trigger = self._listening(start.use)
            known = found.get(start.hook)
            if trigger is not None and (known is None or known.hook is None):
                found[start.hook] = trigger
        return found

    def _listening(self, use: str) -> Trigger | None:
        trigger = self._catalog.trigger(use)
        return trigger if trigger is not None and trigger.kind in LISTENING else None

    def clashes(self, flow: Flow) -> list[Problem]:
        """Return which triggers name an address at which another provider sends already."""
        taken, problems = self._taken(besides=flow.id), []
        for start in flow.triggers:
            trigger = self._listening(start.use)
            if trigger is None or trigger.hook is None:
                continue
            there = taken.setdefault(start.hook, [])
            other = next((one for one in there if not _alike(one[1], trigger.hook)), None)
            if other:
                problems.append(_clash(flow, start, *other))
            there.append((flow.id, trigger.hook))
        return problems

    def scheme(self, name: str) -> Scheme | None:
        """Return how the sender at an address signs, by the flows that name it."""
        hooks = (hook for _, hook in self._taken().get(name, ()))
        return next((hook.scheme for hook in hooks if hook.scheme), None)

    def _taken(self, besides: str = "") -> Taken:
        """Return which flow reads which provider at each address, by drafts and live versions."""
        taken: Taken = {}
        for flow_id, use, name in self._starts():
            trigger = self._listening(use)
            if flow_id != besides and trigger is not None and trigger.hook is not None:
                taken.setdefault(name, []).append((flow_id, trigger.hook))
        return taken

    def _starts(self) -> Iterator[tuple[str, str, str]]:
        for row in store.all_starts(self._database):
            for use, name in read_starts(row.starts) + read_starts(row.live_starts):
                yield row.id, use, name

    def make(self, name: str) -> None:
        """Make an address with a key nobody can guess, unless it is there."""
        key = secrets.token_urlsafe(24)
        with self._vault.turning:
            values = {
                "name": name,
                "key_hash": key_hash(key),
                "key_sealed": self._vault.seal(key, _about(name)),
                "created": self._clock.now(),
            }
            store.add_hook(self._database, values)

    def rows(self, flow: Flow) -> list[HookRow]:
        """Return the flow's addresses as its page shows them."""
        known = {row.name: row for row in store.all_hooks(self._database)}
        named = self.named(flow).items()
        latest = store.latest_event(self._database, flow.id)
        sample = None if latest is None else msgspec.json.decode(latest)
        return [self._row(known[name], one, sample) for name, one in named if name in known]

    def _row(self, row: Any, trigger: Trigger, sample: Any) -> HookRow:
        """Return one address; its sample is what really came last, else the trigger's own."""
        provider = trigger.hook
        return HookRow(
            name=row.name,
            path=f"/hooks/{self._vault.open(row.key_sealed, _about(row.name))}",
            provider=provider.name if provider else "",
            signed=bool(provider and provider.scheme),
            has_secret=row.secret_sealed is not None,
            sample=trigger.sample if sample is None else sample,
        )

    def secret(self, row: Any) -> str | None:
        """Return an address's opened secret."""
        return row.secret_sealed and self._vault.open(row.secret_sealed, _about(row.name))

    def set_secret(self, actor: Actor, name: str, secret: str) -> None:
        """Seal and keep the secret that the address's sender signs with.

        Raises:
            Refused: There is no such address, or the secret is empty.
        """
        row = store.find_hook(self._database, name)
        if row is None:
            raise missing("address", name, "See `nexus hook list`.")
        if not secret.strip():
            raise Refused(Problem(code="empty_secret", title="The secret is empty."))
        self._redactor.learn([secret.strip()])
        now, before = self._clock.now(), row.secret_sealed
        with self._vault.turning:
            sealed = self._vault.seal(secret.strip(), _about(name))
            done = deed(actor, now, "hook.secret", name, before=before, after=sealed)
            store.set_hook_secret(self._database, name, sealed, done)

    def check(self, flow: Flow) -> None:
        """Refuse a flow whose sender signs while nobody entered the secret to check it with.

        Raises:
            Refused: The secret is missing, or the address is another provider's.
        """
        if problems := self.clashes(flow):
            raise Refused(*problems)
        for name, trigger in self.named(flow).items():
            row = store.find_hook(self._database, name)
            signed = trigger.hook is not None and trigger.hook.scheme is not None
            if signed and (row is None or row.secret_sealed is None):
                raise Refused(_no_secret(name, trigger))


def _about(name: str) -> str:
    return f"hook:{name}"


def _alike(one: Hook, other: Hook) -> bool:
    return replace(one, sample_headers={}) == replace(other, sample_headers={})


def _clash(flow: Flow, start: Start, holder: str, provider: Hook) -> Problem:
    whose = "of this flow" if holder == flow.id else f"of the flow {holder}"
    return Problem(
        code="address_taken",
        title=f"The address {start.hook} is already a {provider.name} address {whose}.",
        status=409,
        file=flow.file,
        line=start.place.line,
        column=start.place.column,
        hint="Name another one with `hook`: an address reads one provider.",
    )


def _no_secret(name: str, trigger: Trigger) -> Problem:
    return Problem(
        code="secret_missing",
        title=f"{trigger.title} comes signed, and the address {name} has no secret to check it.",
        status=409,
        expected="the secret that the sender signs with",
        hint=f"Enter it on the flow's page, or run: nexus hook secret {name}",
    )

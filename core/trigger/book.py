"""The book of addresses: which live flows listen where, with whose signature. Kept in memory.

Written afresh when somebody publishes, turns a flow on or off, or sets a secret.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nexus.core.flow.addresses import LISTENING, Addresses, key_hash
from nexus.core.flow.plan import Plan
from nexus.core.flow.plans import Plans
from nexus.core.model.action import Catalog, Hook
from nexus.core.model.flow import Start
from nexus.core.model.problem import Refused
from nexus.core.store import flows as store
from nexus.core.store.database import Database
from nexus.core.store.listeners import heard_types
from nexus.core.trigger.match import Listener

INSIDE = "event"
PLAIN = Hook(name="", scheme=None, type="manual")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """One hook: how its provider's webhooks are read, the opened secret, who listens."""

    name: str
    provider: Hook
    secret: str | None
    listeners: tuple[Listener, ...]
    answer: int = 0


@dataclass(frozen=True, slots=True)
class _Pages:
    by_key: dict[str, Address]
    by_name: dict[str, Address]
    inside: tuple[Listener, ...]
    plans: dict[str, Plan]
    types: frozenset[str]


class Book:
    """Looks addresses up by key or name."""

    def __init__(
        self, database: Database, addresses: Addresses, plans: Plans, catalog: Catalog
    ) -> None:
        self._database = database
        self._addresses = addresses
        self._plans = plans
        self._catalog = catalog
        self._lock = threading.Lock()
        self._pages: _Pages | None = None
        self.on_miss: Callable[[], bool] = lambda: False  # says whether to look again

    def by_key(self, key: str) -> Address | None:
        """Return the address with this key, if a live flow listens there."""
        hashed = key_hash(key)
        found = (self._pages or self._write()).by_key.get(hashed)
        if found is None and self.on_miss():
            found = self._write().by_key.get(hashed)
        return found

    def by_name(self, name: str) -> Address | None:
        """Return the address with this name, if a live flow listens there."""
        return (self._pages or self._write()).by_name.get(name)

    def inside(self) -> tuple[Listener, ...]:
        """Return the live flows that events of the installation itself may start."""
        return (self._pages or self._write()).inside

    def plan(self, flow_id: str) -> Plan | None:
        """Return a live flow's plan."""
        return (self._pages or self._write()).plans.get(flow_id)

    def types(self) -> frozenset[str]:
        """Return the event types that some run may listen for."""
        return (self._pages or self._write()).types

    def forget(self) -> None:
        """Read everything afresh at the next look-up, also when it is just being read."""
        with self._lock:
            self._pages = None

    def _write(self) -> _Pages:
        with self._lock:
            rows = {row.name: row for row in store.all_hooks(self._database)}
            plans = self._live_plans()
            found = {name: ones for name, ones in self._listeners(plans).items() if name in rows}
            by_name = {name: self._address(rows[name], ones) for name, ones in found.items()}
            by_key = {rows[name].key_hash: one for name, one in by_name.items()}
            inside = tuple(one for _, one in self._each(plans, (INSIDE,)))
            names, types = {plan.flow.id: plan for plan in plans}, heard_types(self._database)
            pages = self._pages = _Pages(by_key, by_name, inside, names, types)
            return pages

    def _address(self, row: Any, found: list[Listener]) -> Address:
        return Address(
            name=row.name,
            provider=next((one.trigger.hook for one in found if one.trigger.hook), PLAIN),
            secret=self._addresses.secret(row),
            listeners=tuple(found),
            answer=max((one.answer for one in found), default=0),
        )

    def _listeners(self, plans: list[Plan]) -> dict[str, list[Listener]]:
        found: dict[str, list[Listener]] = {}
        for start, one in self._each(plans, LISTENING):
            found.setdefault(start.hook, []).append(one)
        return found

    def _each(self, plans: list[Plan], kinds: tuple[str, ...]) -> Iterator[tuple[Start, Listener]]:
        for plan in plans:
            for start in plan.flow.triggers:
                trigger = self._catalog.trigger(start.use)
                if trigger is not None and trigger.kind in kinds:
                    settings = dict(start.settings)
                    yield (
                        start,
                        Listener(
                            plan=plan, trigger=trigger, settings=settings, answer=start.answer
                        ),
                    )

    def _live_plans(self) -> list[Plan]:
        plans = []
        for version_id in self._plans.live():
            try:
                plans.append(self._plans.find(version_id))
            except Refused:  # its module is gone: this flow sleeps, the others go on
                continue
        return plans

"""What a run may do: what its flow's publisher might at publish, cut to what they may now."""

import time
from dataclasses import dataclass, field

from nexus.core.model.actor import Actor
from nexus.core.model.run import Fault
from nexus.core.people.people import People
from nexus.core.store import people as store
from nexus.core.store.flows import find_version, published_again

CLASSES = ("read", "write", "notify", "money", "destructive")
RESOURCE = "effect"
AGE = 5.0  # seconds after which another process's change is seen at the latest
Effects = frozenset[str]


def effects_of(actor: Actor) -> str:
    """Return the classes of effects that an actor may bring about, as a version keeps them."""
    held = [one for one in CLASSES if actor.rights[RESOURCE, one].scope is not None]
    return " ".join(held)


@dataclass(slots=True)
class _Known:
    """What was read of somebody, and when."""

    effects: Effects
    name: str
    at: float = field(default_factory=time.monotonic)


class RunRights:
    """Says whether a run may bring an effect about. Asked before each one, so it remembers."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._versions: dict[int, tuple[str, Effects]] = {}
        self._persons: dict[str, _Known] = {}

    def forget(self) -> None:
        """Read everybody's rights afresh at the next effect."""
        self._persons = {}

    def check(self, version_id: int, effect: str, step: str) -> Fault | None:
        """Return why a run of this version may not bring the effect about; None when it may."""
        publisher, at_publish = self._version(version_id)
        now = self._person(publisher)
        if effect in at_publish & now.effects or self._by_another(version_id, effect):
            return None
        return _fault(effect, step, now.name or publisher, effect in at_publish)

    def _by_another(self, version_id: int, effect: str) -> bool:
        """Say whether somebody who may has published the very same words after this version."""
        later = published_again(self._people.database, version_id)
        return any(
            effect in {*row.effects.split()} & self._person(row.published_by).effects
            for row in later
        )

    def _version(self, version_id: int) -> tuple[str, Effects]:
        known = self._versions.get(version_id)
        if known is None:
            row = find_version(self._people.database, version_id)
            if row is None:
                return "", frozenset()
            known = (row.published_by, frozenset(row.effects.split()))
            self._versions[version_id] = known
        return known

    def _person(self, person_id: str) -> _Known:
        known = self._persons.get(person_id)
        if known is None or time.monotonic() - known.at > AGE:
            known = self._persons[person_id] = self._read(person_id)
        return known

    def _read(self, person_id: str) -> _Known:
        row = store.find_person(self._people.database, person_id)
        if row is None or row.disabled:
            return _Known(frozenset(), row.name if row else "")
        rights = self._people.rights_of(person_id)
        held = [one for one in CLASSES if rights[RESOURCE, one].scope is not None]
        return _Known(frozenset(held), row.name)


def _fault(effect: str, step: str, name: str, had_it: bool) -> Fault:
    since = "no longer may" if had_it else "might not do so"
    words = f"This step has the effect {effect!r}, and {name}, who published the flow, {since}."
    hint = "Let somebody with this right publish the flow again, or give it back; then retry."
    return Fault("not_permitted", words, step, hint)

"""What the loaded modules offer, ready to be looked up; nothing is imported here."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nexus.core.host.manifest import ConnectionKind, Manifest
from nexus.core.model.action import Action, Trigger
from nexus.core.model.problem import Problem
from nexus.core.model.view import ModuleRow
from nexus.core.sdk import OfferedTest


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """A module as found. It is broken when `problems` say why, and then offers nothing."""

    id: str
    folder: Path
    package: str
    manifest: Manifest | None = None
    actions: tuple[Action, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    tests: tuple[OfferedTest, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def offers(self) -> tuple[Action | Trigger, ...]:
        """Return its actions and triggers."""
        return (*self.actions, *self.triggers)

    @property
    def row(self) -> ModuleRow:
        """Return the module as lists show it."""
        known = self.manifest
        return ModuleRow(
            id=self.id,
            name=known.name if known else self.id,
            version=known.version if known else "",
            summary=known.summary if known else "",
            icon=known.icon if known else "box",
            state="broken" if self.problems else "active",
            actions=tuple(action.name for action in self.actions),
            triggers=tuple(trigger.name for trigger in self.triggers),
            problems=tuple(str(problem) for problem in self.problems),
        )


class LoadedCatalog:
    """The modules of this process; implements `model.action.Catalog`."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = {module.id: module for module in sorted(modules, key=lambda one: one.id)}
        self._active = {key: one for key, one in self._modules.items() if not one.problems}
        offered = self._active.values()
        self._actions = {action.name: action for one in offered for action in one.actions}
        self._triggers = {trigger.name: trigger for one in offered for trigger in one.triggers}

    def action(self, name: str) -> Action | None:
        """Return the action, or None."""
        return self._actions.get(name)

    def trigger(self, name: str) -> Trigger | None:
        """Return the trigger, or None."""
        return self._triggers.get(name)

    def action_names(self) -> list[str]:
        """Return every action's full name, sorted."""
        return sorted(self._actions)

    def trigger_names(self) -> list[str]:
        """Return every trigger's full name, sorted."""
        return sorted(self._triggers)

    def module_names(self) -> list[str]:
        """Return the ids of the active modules, sorted."""
        return sorted(self._active)

    def modules(self) -> list[ModuleRow]:
        """Return every module, broken ones included, sorted by id."""
        return [module.row for module in self._modules.values()]

    def manifest(self, module: str) -> Manifest | None:
        """Return an active module's manifest, or None."""
        found = self._active.get(module)
        return found.manifest if found else None

    def test(self, module: str, kind: str) -> OfferedTest | None:
        """Return what tries a connection of a module out, or None."""
        found = self._active.get(module)
        return next((one for one in found.tests if one.kind == kind), None) if found else None

    def connection(self, module: str, name: str) -> ConnectionKind | None:
        """Return what a connection of a module holds, or None."""
        manifest = self.manifest(module)
        return manifest.connections.get(name) if manifest else None

"""Find the flows that an event starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nexus.core.flow.nodes import ExprError
from nexus.core.flow.plan import Plan
from nexus.core.model.action import Trigger
from nexus.core.model.event import Event
from nexus.core.model.run import Fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """A live flow version at an address, with the trigger it listens through."""

    plan: Plan
    trigger: Trigger
    settings: dict[str, Any]
    answer: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A flow that the event starts; `fault` says that its own condition could not be computed."""

    plan: Plan
    fault: Fault | None = None


def match(listeners: Sequence[Listener], event: Event) -> list[Match]:
    """Return the flows whose trigger wants the event and whose `if` holds, each once."""
    found: dict[str, Match] = {}
    for listener in listeners:
        if listener.plan.flow.id not in found:
            wanted = _wanted(listener, event)
            if wanted is not None:
                found[listener.plan.flow.id] = wanted
    return list(found.values())


def _wanted(listener: Listener, event: Event) -> Match | None:
    try:
        if not listener.trigger.wants(event, listener.settings):
            return None
    except Exception as error:  # noqa: BLE001 - a module may raise anything; other flows go on
        words = f"The trigger {listener.trigger.name} broke: {type(error).__name__}: {error}"
        hint = "This is a fault of the module, not of your flow. Please tell its publisher."
        return Match(plan=listener.plan, fault=Fault("module_error", words, "", hint))
    return _condition(listener.plan, event)


def _condition(plan: Plan, event: Event) -> Match | None:
    if plan.condition is None:
        return Match(plan=plan)
    context = {"event": event.as_context(), "settings": plan.settings, "steps": {}, "run": {}}
    try:
        return Match(plan=plan) if plan.condition(context) is True else None
    except ExprError as error:
        fault = Fault("expression", f"The flow's `if` cannot be computed: {error}")
        return Match(plan=plan, fault=fault)

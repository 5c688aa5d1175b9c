"""What steps and their ways are called on pages."""

import re
from collections.abc import Mapping
from typing import Any

from nexus.core.host.catalog import LoadedCatalog as Catalog
from nexus.core.model.flow import Lane, Step
from nexus.ui.words import _, humanise

NUMBERED = re.compile(r"case_\d+\Z")  # the name of a case that its author did not name


def action_of(step: Step) -> str:
    """Return the full name of the action that a step calls, or an empty text."""
    body: Any = step.body
    name = body.get("call", "") if isinstance(body, Mapping) else body
    return name if step.kind == "call" and isinstance(name, str) else ""


def subject_of(step: Step) -> str:
    """Return what a step listens for, tells or runs, or an empty text."""
    match step.kind:
        case "listen":
            return str(step.body["listen"]["event"])
        case "emit":
            return str(step.body["emit"]["type"])
        case "run":
            return humanise(step.body["run"])
    return ""


def title_of(step: Step, catalog: Catalog) -> str:
    """Return what a step is called: its own title, its action's, or its id in words."""
    if step.title and step.title != step.id:
        return step.title
    action = catalog.action(action_of(step)) if step.kind == "call" else None
    return action.title if action else humanise(step.id)


def way_name(step: Step, lane: Lane) -> str:
    """Return the name on a way: a switch says its case, a loop and a try say what they do."""
    if step.kind == "for":
        return _("For each item")
    if step.kind == "try":
        return _("Try") if lane is step.lanes[0] else _("If it fails")
    if step.kind == "listen":
        return _("When it comes") if lane is step.lanes[0] else _("When the time is over")
    if lane.name == "else":
        return _("Otherwise")
    return (NUMBERED.match(lane.name) and lane.condition) or humanise(lane.name)

"""The names that steps bring with them."""

from collections.abc import Collection

from nexus.core.model.flow import Step


def loop_names(step: Step, names: Collection[str]) -> tuple[str, str]:
    """Return what a loop calls its item and its place.

    A place that nobody named never hides the one of a loop around it: it gets a name that no
    expression can write.
    """
    index = "index" if "index" not in names else f"index of {step.id}"
    return step.body.get("as", "item"), step.body.get("at", index)


def inner_ids(steps: tuple[Step, ...]) -> list[str]:
    """Return the ids of steps and of everything inside them."""
    found = []
    for step in steps:
        found.append(step.id)
        for lane in step.ways:
            found.extend(inner_ids(lane.do))
    return found


def turn_ids(steps: tuple[Step, ...]) -> list[str]:
    """Return the ids whose outputs belong to one turn: a loop inside has turns of its own."""
    found = []
    for step in steps:
        found.append(step.id)
        for lane in step.ways if step.kind != "for" else step.ways[len(step.lanes) :]:
            found.extend(turn_ids(lane.do))
    return found

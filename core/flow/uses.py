"""Which connections a flow's steps name."""

from collections.abc import Iterable

from nexus.core.model.flow import Step


def connections_of(steps: Iterable[Step]) -> set[str]:
    """Return the connections that steps name, nested ones included."""
    found = set()
    for step in steps:
        found |= {step.connection} if step.connection else set()
        for lane in step.lanes:
            found |= connections_of(lane.do)
    return found

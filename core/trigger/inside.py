"""Flows that events of the installation itself start: what runs emit, and runs that failed."""

from collections.abc import Sequence

from nexus.core.flow.plan import Plan
from nexus.core.model.event import FAILED, Event
from nexus.core.model.run import Fault
from nexus.core.trigger.book import Book
from nexus.core.trigger.match import Listener, match


class Inside:
    """Finds the flows that an event from inside starts; the voice of runs asks it."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def starts(self, event: Event) -> list[tuple[Plan, Fault | None]]:
        """Return the plans that an event starts, with what is wrong with their own conditions."""
        found = self._book.inside()
        if not found:
            return []
        wanted = _after_failure(found, event.subject) if event.type == FAILED else found
        return [(one.plan, one.fault) for one in match(wanted, event)]


def _after_failure(found: Sequence[Listener], flow_id: str) -> Sequence[Listener]:
    """Leave the flows that look after failures of just any flow aside when one names this flow."""
    own = [one for one in found if flow_id in (one.settings.get("flows") or ())]
    return own or [one for one in found if not one.settings.get("flows")]

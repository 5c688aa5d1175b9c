"""What a step's card tells beside what it does; the room of pages."""

from collections.abc import Iterable, Mapping

from nexus.core.flow.undo import undo_of
from nexus.core.model.action import Catalog
from nexus.core.model.flow import Step
from nexus.core.model.view import StepView
from nexus.ui.words import _

REMEDIES = {
    "continue": ("arrow-right", "if it fails, go on"),
    "undo": ("undo-2", "if it fails, undo everything"),
    "stop": ("octagon-x", "if it fails, stop everything"),
    "retry": ("rotate-cw", "if it fails, insist"),
}


def marks(step: Step, catalog: Catalog, seen: Mapping[str, StepView]) -> Iterable[tuple[str, str]]:
    """Yield what is worth knowing of a step beside what it does."""
    words = REMEDIES.get(step.on_error.act) if step.on_error else None
    if words:
        yield words[0], _(words[1])
    if step.undo:
        action = catalog.action(step.undo.call)
        undone = seen.get(undo_of(step.id))
        if undone is not None and undone.state == "done":
            yield "undo-2", _("taken back")
        else:
            yield "undo-2", _("undo: %s") % (action.title if action else step.undo.call)

"""The shapes of answers about decision tables, and about taking runs back."""

from nexus.ui.api.shapes import Row
from nexus.ui.api.write import Moment


class Decision(Row, frozen=True, kw_only=True):
    """A decision table. `hit` is `unique`, `first` or `collect`; `rules` says how many."""

    id: str
    name: str
    description: str
    hit: str
    inputs: list[str]
    outputs: list[str]
    rules: int
    changed: Moment


class DecisionDetail(Row, frozen=True, kw_only=True):
    """A decision table with its words."""

    row: Decision
    source: str


class UndoStep(Row, frozen=True, kw_only=True):
    """One thing that a run did, and what undoing the run would do about it."""

    step: str
    turn: str
    title: str
    can: bool
    says: str

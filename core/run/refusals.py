"""What the verbs of runs refuse, in words."""

from nexus.core.model.problem import Problem
from nexus.core.model.run import RunRow


def nothing_to_undo() -> Problem:
    """Say that the run did nothing that could be taken back."""
    return Problem(
        code="nothing_to_undo",
        title="Nothing that this run did can be taken back by itself.",
        status=409,
        hint="A step says how it is taken back with `undo`; see what the run did on its page.",
    )


def wrong_state(row: RunRow, what: str, expected: str) -> Problem:
    """Say that a run is not in the state for it."""
    return Problem(
        code="wrong_state",
        title=f"This run is {row.state.word.replace('_', ' ')}, so it cannot be {what}.",
        status=409,
        expected=f"a run that is {expected}",
        hint="Look at the run again to see where it is now.",
    )

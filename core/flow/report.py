"""Collect what is wrong with a flow, each problem with its place in the document."""

from typing import Any

from nexus.core.flow.document import Around
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.schema import MAX_PROBLEMS
from nexus.core.model.decision import Table
from nexus.core.model.flow import Flow, Place
from nexus.core.model.problem import Problem

NOWHERE = Place(line=1, column=1)


class Report:
    """The problems of one document. A key names a value: `/if`, or `<step>/with/url`."""

    def __init__(self, flow: "Flow | Table") -> None:
        self._flow = flow
        self._problems: list[Problem] = []

    def problems(self) -> list[Problem]:
        """Return what was found, in the order of the document."""
        found = sorted(self._problems, key=lambda found: (found.line, found.column))
        return found[:MAX_PROBLEMS]

    def add(self, code: str, title: str, key: str, **more: Any) -> None:
        """Note a problem at the place of a value."""
        self._note(code, title, self._place(key), key, more)

    def add_error(self, error: ExprError, key: str, what: str = "") -> None:
        """Note an expression's error, at its own column where the text fits one line."""
        place = self._place(key)
        if not isinstance(place, Around) and error.at[0] == 1:
            place = Place(line=place.line, column=place.column + error.at[1] - 1)
        self._note(error.code, error.message, place, key, {"hint": error.hint, "expected": what})

    def _place(self, key: str) -> Place:
        """Return the place of a value, or of the nearest one around it that is known."""
        while key and key not in self._flow.places:
            key = key.rpartition("/")[0]
        return self._flow.places.get(key, NOWHERE)

    def _note(self, code: str, title: str, place: Place, key: str, more: dict[str, Any]) -> None:
        self._problems.append(
            Problem(
                code=code,
                title=title,
                file=self._flow.file,
                line=place.line,
                column=place.column,
                step=key.partition("/")[0],
                **more,
            )
        )

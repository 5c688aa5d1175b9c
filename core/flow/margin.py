"""What a reader notes beside a document: where each value stands, and what is wrong with it."""

from typing import Any

from nexus.core.flow.document import Document, Path
from nexus.core.flow.explain import place_of, step_of
from nexus.core.flow.parts import LANES
from nexus.core.model.flow import Place
from nexus.core.model.problem import Problem


class Margin:
    """The notes on one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._problems: list[Problem] = []
        self._places: dict[str, Place] = {}
        self._lines: dict[str, int] = {}

    def _keep_step(self, name: str, body: dict[str, Any], path: Path) -> None:
        self._places[name] = place_of(self._document, path)
        for key in body.keys() - LANES - {"catch", "on_error"}:
            self._keep_places((*path, key), f"{name}/{key}")
        for index in range(len(body.get("switch") or ())):
            self._keep_places((*path, "switch", index, "if"), f"{name}/switch/{index}/if")
        for key in ("as", "on"):
            self._keep_places((*path, "catch", key), f"{name}/catch/{key}")
            self._keep_places((*path, "on_error", key), f"{name}/on_error/{key}")

    def _keep_places(self, path: Path, name: str) -> None:
        """Keep where each value under a path stands, under the name that the Flow knows it by."""
        for found, place in self._document.under(path):
            self._places["/".join((name, *map(str, found[len(path) :])))] = place

    def _refuse(
        self, code: str, title: str, path: Path, *, hint: str = "", detail: str = "", step: str = ""
    ) -> None:
        place = place_of(self._document, path)
        self._problems.append(
            Problem(
                code=code,
                title=title,
                detail=detail,
                hint=hint,
                file=self._document.file,
                line=place.line,
                column=place.column,
                step=step or step_of(path),
            )
        )

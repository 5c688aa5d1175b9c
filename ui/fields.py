"""Show a step's settings as label and value, with chips where data of the run is used.

The room of pages: flows.py asks, `_step.html` draws.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nexus.core.model.flow import Retry, Step
from nexus.ui.words import _, duration, humanise

HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
PATH = re.compile(r"[A-Za-z_][\w.]*\Z")
REMEDIES = {
    "retry": "Insist: try again whatever the error",
    "continue": "Go on with the next step",
    "route": "Go the way that is drawn for it",
    "undo": "Take back everything that the run did",
    "stop": "Stop the run, whatever is around",
}
NESTED = frozenset({"with", "set", "wait", "raise", "catch", "listen", "emit"})
SOURCES = {"event": "trigger", "steps": "data", "settings": "logic"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of a value: plain text, or a chip whose `expression` fills it at run time."""

    text: str
    expression: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. `code` values are expressions or structures, shown in the mono face."""

    label: str
    pieces: tuple[Piece, ...]
    code: bool = False


def fields_of(step: Step) -> list[Field]:
    """Return everything that a step sets, in the order in which a person reads it."""
    return [*_body(step), *_attributes(step)]


def pieces(text: str) -> tuple[Piece, ...]:
    """Split a template into its texts and its chips: `Hi {{ steps.client.name }}` is two."""
    found: list[Piece] = []
    end = 0
    for hole in HOLE.finditer(text):
        if hole.start() > end:
            found.append(Piece(text[end : hole.start()]))
        found.append(chip(hole.group(1).strip()))
        end = hole.end()
    if end < len(text) or not found:
        found.append(Piece(text[end:]))
    return tuple(found)


def chip(expression: str) -> Piece:
    """Make a chip: a plain path is called by its last part, anything else by itself."""
    family = SOURCES.get(expression.partition(".")[0], "data")
    if not PATH.match(expression):
        return Piece(expression, expression, family)
    return Piece(expression.rpartition(".")[2].replace("_", " "), expression, family)


def _body(step: Step) -> Iterator[Field]:
    body = step.body if isinstance(step.body, Mapping) else {step.kind: step.body}
    for name, value in body.items():
        if name == "call":
            yield Field(_("Action"), (Piece(str(value)),), code=True)
        elif name in NESTED and isinstance(value, Mapping):
            yield from (_field(each, inner) for each, inner in value.items())
        elif value is not None and not _holds_steps(value):
            yield _field(name, value)
    if step.kind == "switch":
        for lane in step.lanes:
            if lane.condition:
                yield Field(humanise(lane.name), (Piece(lane.condition),), code=True)


def _holds_steps(value: Any) -> bool:
    """True for nested steps and cases: the picture shows those, a switch its conditions."""
    return isinstance(value, list) and any(isinstance(each, Mapping) for each in value)


def _field(name: str, value: Any) -> Field:
    if isinstance(value, str):
        return Field(humanise(name), pieces(value), code=name in ("in", "if"))
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return Field(humanise(name), pieces(text), code=True)


def _attributes(step: Step) -> Iterator[Field]:
    if step.condition:
        yield Field(_("Only if"), (Piece(step.condition),), code=True)
    if step.connection:
        yield Field(_("Connection"), (Piece(step.connection),))
    if step.retry:
        yield Field(_("If it fails"), (Piece(_retry(step.retry)),))
    if step.on_error:
        yield Field(_("When it failed for good"), (Piece(_(REMEDIES[step.on_error.act])),))
    if step.undo:
        yield Field(_("Undone by"), (Piece(step.undo.call),), code=True)
        yield from (_field(name, value) for name, value in step.undo.arguments.items())
    if step.timeout:
        yield Field(_("Gives up after"), (Piece(duration(step.timeout)),))


def _retry(retry: Retry) -> str:
    text = _("Try up to %(times)d times, first after %(delay)s") % {
        "times": retry.times,
        "delay": duration(retry.delay),
    }
    return text + (_(", only on %s") % ", ".join(retry.on) if retry.on else "")

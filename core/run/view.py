"""Tell a run's story: every step in order, with its tries, input and output."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from nexus.core.flow.plan import Plan
from nexus.core.flow.undo import undo_of
from nexus.core.model.action import Catalog
from nexus.core.model.effect import EffectState
from nexus.core.model.flow import Step
from nexus.core.model.run import Entry, Fault, RunRow, RunState
from nexus.core.model.view import AttemptView, StepView
from nexus.core.run.looks import LOOKS

MOST = 500
_json = msgspec.json.Decoder().decode


def steps_of(
    plan: Plan, catalog: Catalog, row: RunRow, entries: list[Entry], effects: list[Any]
) -> tuple[StepView, ...]:
    """Return the steps as they happened (500 at most), then those still to come."""
    places = {place.step.id: place for place in walk(plan.flow.do)}
    requests = {(one.step, one.turn): one for one in effects}
    story = _Story()
    for entry in entries:
        story.take(entry)
    told = [key for key in story.steps if key[0] in places]
    told.sort(key=lambda key: places[key[0]].order(key[1]))
    undos = {place.step.id: place for place in undo_places(plan)}
    undone = [key for key in story.steps if key[0] in undos]
    views = [
        _step_view(everywhere[step], catalog, row, turn, story.steps[step, turn], requests)
        for everywhere, keys in ((places, told), (undos, undone))
        for step, turn in keys[:MOST]
    ]
    return (*views, *_to_come(places, told, catalog, row))


def _to_come(
    places: dict[str, "Place"], told: list[tuple[str, str]], catalog: Catalog, row: RunRow
) -> list[StepView]:
    """Return the steps that lie after everything told so far; ways not taken are left out."""
    if row.state.is_over:
        return []
    reached = max((places[step].index for step, _ in told), default=-1)
    rest = [place for place in places.values() if place.index > reached]
    return [_step_view(place, catalog, row, "", _Facts(), {}) for place in rest]


def undo_places(plan: Plan) -> Iterator["Place"]:
    """Yield a place for what takes each step back; those come after all others, as they ran."""
    for place in walk(plan.flow.do):
        if (undo := place.step.undo) is not None:
            title = f"Undo: {place.step.title}"
            body = {"call": undo.call}
            made = replace(
                place.step, id=undo_of(place.step.id), kind="undo", title=title, body=body
            )
            yield Place(made, place.index, ())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands: its number in reading order and the steps around it."""

    step: Step
    index: int
    around: tuple["Place", ...]

    def order(self, turn: str) -> tuple[int, ...]:
        """Return what sorts this step's turns among all others, each loop's turns together."""
        turns = iter(int(part) for part in turn.split(".") if part)
        key: list[int] = []
        for place in self.around:
            key.append(place.index)
            if place.step.kind == "for":
                key.append(next(turns, 0))
        return (*key, self.index)


def walk(
    steps: tuple[Step, ...], around: tuple[Place, ...] = (), count: Iterator[int] | None = None
) -> Iterator[Place]:
    """Yield the place of every step in reading order."""
    count = itertools.count() if count is None else count
    for step in steps:
        place = Place(step, next(count), around)
        yield place
        for lane in step.ways:
            yield from walk(lane.do, (*around, place), count)


class _Facts:
    """What the journal says of one step in one turn."""

    def __init__(self) -> None:
        self.started: int | None = None
        self.ended: int | None = None
        self.state = "todo"
        self.output: Any = None
        self.given: Any = None
        self.fault: Fault | None = None
        self.due: int | None = None
        self.attempts: list[AttemptView] = []


class _Story:
    def __init__(self) -> None:
        self.steps: dict[tuple[str, str], _Facts] = {}

    def take(self, entry: Entry) -> None:
        """Add one entry of the journal."""
        if entry.kind == "chunk":
            self._chunk(entry)
        elif entry.kind not in ("person", "undo", "output"):
            self._step(entry)

    def _chunk(self, entry: Entry) -> None:
        """Unfold the turns of a pure loop."""
        for index, outputs in enumerate(entry.value[:MOST], entry.attempt):
            turn = f"{entry.turn}.{index}" if entry.turn else str(index)
            for step, output in outputs.items():
                self._step(Entry(step, "done", entry.at, output, turn))

    def _step(self, entry: Entry) -> None:
        facts = self.steps.setdefault((entry.step, entry.turn), _Facts())
        again = facts.state == "failed" and entry.kind != "handled"  # a person let it begin again
        if facts.started is None or again:
            facts.started, facts.ended = entry.at, None
        getattr(self, f"_{entry.kind}")(facts, entry)

    def _intent(self, facts: _Facts, entry: Entry) -> None:
        number = len(facts.attempts) + 1
        facts.attempts.append(
            AttemptView(number=number, started=entry.at, ended=None, outcome="open", fault=None)
        )
        facts.state = "running"

    def _done(self, facts: _Facts, entry: Entry) -> None:
        _close(facts, entry, "ok", None)
        facts.state, facts.ended, facts.fault = "done", entry.at, None
        facts.output, facts.given = entry.value, entry.given or facts.given

    def _error(self, facts: _Facts, entry: Entry) -> None:
        fault = msgspec.convert(entry.value, Fault)
        _close(facts, entry, "error", fault)
        facts.state, facts.fault = "retrying", fault

    def _failed(self, facts: _Facts, entry: Entry) -> None:
        facts.state, facts.ended = "failed", entry.at
        facts.fault = msgspec.convert(entry.value, Fault)

    def _doubt(self, facts: _Facts, entry: Entry) -> None:
        facts.state, facts.fault = "unknown", msgspec.convert(entry.value, Fault)

    def _skipped(self, facts: _Facts, entry: Entry) -> None:
        facts.state, facts.ended = "skipped", entry.at

    def _wait(self, facts: _Facts, entry: Entry) -> None:
        facts.state, facts.due = "waiting", entry.value
        facts.given = entry.given

    def _handled(self, facts: _Facts, entry: Entry) -> None:
        facts.state, facts.ended = "handled", entry.at

    def _caught(self, facts: _Facts, entry: Entry) -> None:
        facts.state, facts.ended, facts.output = "done", entry.at, {"caught": entry.value}


def _close(facts: _Facts, entry: Entry, outcome: str, fault: Fault | None) -> None:
    """Close the open attempt."""
    if facts.attempts and facts.attempts[-1].outcome == "open":
        last = facts.attempts.pop()
        facts.attempts.append(
            AttemptView(
                number=last.number,
                started=last.started,
                ended=entry.at,
                outcome=outcome,
                fault=fault,
                log=tuple(entry.log),
            )
        )


def _step_view(
    place: Place,
    catalog: Catalog,
    row: RunRow,
    turn: str,
    facts: _Facts,
    requests: dict[tuple[str, str], Any],
) -> StepView:
    step, effect = place.step, requests.get((place.step.id, turn))
    use = str(step.body["call"]) if step.kind in ("call", "undo") else ""
    icon, family, title = _look(step, use, catalog)
    given = _json(effect.request) if effect is not None and effect.request else facts.given
    return StepView(
        id=step.id,
        title=step.title or title,
        kind=step.kind,
        use=use,
        icon=icon,
        family=family,
        turn=turn,
        depth=len(place.around),
        state=_state(facts, row, step, effect),
        started=facts.started,
        ended=facts.ended,
        due=row.due if facts.state in ("waiting", "retrying") else None,
        attempts=tuple(facts.attempts),
        input=given,
        output=facts.output,
        fault=facts.fault,
    )


def _look(step: Step, use: str, catalog: Catalog) -> tuple[str, str, str]:
    title = step.id.replace("_", " ").capitalize()
    action = catalog.action(use) if use else None
    if action is not None:
        return action.icon, action.family, title
    icon, family = LOOKS.get(step.kind, ("box", "it"))
    return icon, family, title


def _state(facts: _Facts, row: RunRow, step: Step, effect: Any | None) -> str:
    """Return the step's state, seen in the light of what became of the run."""
    if row.state is RunState.CANCELLED and facts.state in ("running", "waiting", "retrying"):
        return "done" if effect and effect.state == EffectState.LATE else "cancelled"
    if facts.state == "retrying" and row.step == step.id and row.awaits:
        return "waiting"
    is_on = facts.state == "retrying" and row.step == step.id and row.state is RunState.RUNNING
    return "running" if is_on else facts.state

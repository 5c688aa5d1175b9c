"""Tell a run's story: every step in order, with its tries, input and output."""

from collections.abc import Iterator
from typing import Any

import msgspec

from nexus.core.flow.plan import Plan
from nexus.core.model.action import Catalog
from nexus.core.model.effect import EffectState
from nexus.core.model.flow import Step
from nexus.core.model.run import Entry, Fault, RunRow, RunState
from nexus.core.model.view import AttemptView, StepView

MOST = 500
LOOKS = {
    "set": ("pencil-line", "data"),
    "switch": ("split", "logic"),
    "for": ("repeat", "logic"),
    "try": ("shield", "logic"),
    "wait": ("hourglass", "logic"),
    "raise": ("octagon-alert", "logic"),
}
_json = msgspec.json.Decoder().decode


def steps_of(
    plan: Plan, catalog: Catalog, row: RunRow, entries: list[Entry], effects: list[Any]
) -> tuple[StepView, ...]:
    """Return the steps as they happened (the first 500), then those still to come."""
    written = {step.id: (step, depth) for step, depth in walk(plan.flow.do)}
    requests = {(one.step, one.turn): one for one in effects}
    story = _Story(row)
    for entry in entries:
        story.take(entry)
    told = [
        _step_view(written[step], catalog, row, turn, facts, requests.get((step, turn)))
        for (step, turn), facts in list(story.steps.items())[:MOST]
        if step in written
    ]
    seen = {step for step, _ in story.steps}
    rest = [] if row.state.is_over else [pair for name, pair in written.items() if name not in seen]
    return (*told, *(_step_view(pair, catalog, row, "", _Facts(), None) for pair in rest))


def walk(steps: tuple[Step, ...], depth: int = 0) -> Iterator[tuple[Step, int]]:
    """Yield every step with how deep it is nested, in reading order."""
    for step in steps:
        yield step, depth
        for lane in step.lanes:
            yield from walk(lane.do, depth + 1)


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
    def __init__(self, row: RunRow) -> None:
        self.steps: dict[tuple[str, str], _Facts] = {}
        self._row = row

    def take(self, entry: Entry) -> None:
        """Add one entry of the journal."""
        if entry.kind in ("person", "chunk"):
            return
        facts = self.steps.setdefault((entry.step, entry.turn), _Facts())
        facts.started = entry.at if facts.started is None else facts.started
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
        facts.output, facts.given = entry.value, entry.given

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
    pair: tuple[Step, int],
    catalog: Catalog,
    row: RunRow,
    turn: str,
    facts: _Facts,
    effect: Any | None,
) -> StepView:
    step, depth = pair
    use = (
        str(step.body.get("call", ""))
        if step.kind == "call" and isinstance(step.body, dict)
        else ""
    )
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
        depth=depth,
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
        late = effect is not None and effect.state == EffectState.LATE
        return "done" if late else "skipped"
    if facts.state == "retrying" and row.state is RunState.RUNNING and row.step == step.id:
        return "running"
    return facts.state

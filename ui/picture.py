"""Turn a flow, and what a run made of it, into the line map that the template draws.

The drawing is a tree: stops on a line, and ways where the line splits and joins again. Nothing
here knows HTML.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nexus.core.host.catalog import LoadedCatalog as Catalog
from nexus.core.model.flow import Flow, Lane, Start, Step
from nexus.core.model.view import RunView, StepView
from nexus.ui import icons
from nexus.ui.words import _, humanise

NOT_TRAVELLED = frozenset({"todo", "skipped"})
SPLITS = frozenset({"switch", "try", "fork"})
NUMBERED = re.compile(r"case_\d+\Z")  # the name of a case that its author did not name


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """One step as drawn. `pill` steps sit on the line; `seen` is what the run made of it."""

    id: str
    title: str
    small: str
    condition: str
    icon: str
    family: str
    kind: str
    pill: bool
    ways: tuple["Way", ...]
    seen: StepView | None

    @property
    def ends(self) -> bool:
        """True when no run goes on after it: it stops with an error, whichever way it takes."""
        if self.kind == "raise":
            return not self.condition
        return self.kind in SPLITS and bool(self.ways) and all(way.ends for way in self.ways)


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way through a stop. `tone` colours its name: plain, ok or fail."""

    name: str
    tone: str
    stops: tuple[Stop, ...]
    taken: bool

    @property
    def ends(self) -> bool:
        """True when the line does not come back from here."""
        return bool(self.stops) and self.stops[-1].ends


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """One trigger as drawn; `small` says how it is set, as in `cron 0 8 * * 1-5`."""

    title: str
    icon: str
    small: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A whole flow as drawn."""

    starts: tuple["Beginning", ...]
    condition: str
    stops: tuple[Stop, ...]

    @property
    def ends(self) -> bool:
        """True when every run stops with an error before the end."""
        return bool(self.stops) and self.stops[-1].ends


class Artist:
    """Draw the steps of one flow with what the catalog and a run know about them."""

    def __init__(self, catalog: Catalog, run: RunView | None) -> None:
        self._catalog = catalog
        self._seen = latest(run.steps) if run else {}

    def line(self, steps: Iterable[Step]) -> tuple[Stop, ...]:
        """Draw steps that follow one another."""
        return tuple(self._stop(step) for step in steps)

    def _stop(self, step: Step) -> Stop:
        icon, family, small = self._look(step)
        return Stop(
            id=step.id,
            title=title_of(step, self._catalog),
            small=small,
            condition=step.condition or "",
            icon=icon,
            family=family,
            kind=step.kind,
            pill=step.kind not in ("call", "set"),
            ways=tuple(self._ways(step)),
            seen=self._seen.get(step.id),
        )

    def _look(self, step: Step) -> tuple[str, str, str]:
        icon, family, kind = icons.KINDS.get(step.kind, (icons.FALLBACK, "it", step.kind))
        action = self._catalog.action(action_of(step)) if step.kind == "call" else None
        if action:
            return action.icon, action.family, f"{self._module(action.module)} · {action.title}"
        return icon, family, action_of(step) or subject_of(step) or _(kind)

    def _module(self, module: str) -> str:
        manifest = self._catalog.manifest(module)
        return manifest.name if manifest else humanise(module)

    def _ways(self, step: Step) -> Iterable[Way]:
        chosen = chosen_case(self._seen.get(step.id))
        for lane in step.lanes:
            yield self._way(step, lane, chosen)
        if step.kind == "switch" and not any(lane.condition is None for lane in step.lanes):
            passed = self._seen.get(step.id)
            taken = passed is not None and passed.state == "done" and chosen is None
            yield Way(name=_("Otherwise"), tone="plain", stops=(), taken=taken)

    def _way(self, step: Step, lane: Lane, chosen: str | None) -> Way:
        stops = self.line(lane.do)
        return Way(
            name=way_name(step, lane),
            tone="fail" if step.kind == "try" and lane is not step.lanes[0] else "plain",
            stops=stops,
            taken=lane.name == chosen or any(map(travelled, stops)) or self._turned(step),
        )

    def _turned(self, step: Step) -> bool:
        """True for a loop that is over: short loops keep no history of their turns."""
        seen = self._seen.get(step.id)
        return step.kind == "for" and seen is not None and seen.state == "done"


def draw(flow: Flow, catalog: Catalog, run: RunView | None = None) -> Picture:
    """Draw a flow; with a run, the travelled line is marked."""
    return Picture(
        starts=tuple(begin(start, catalog) for start in flow.triggers),
        condition=flow.condition or "",
        stops=Artist(catalog, run).line(flow.do),
    )


def begin(start: Start, catalog: Catalog) -> Beginning:
    """Draw one trigger; one whose module is not active is called by its full name."""
    trigger = catalog.trigger(start.use)
    return Beginning(
        title=trigger.title if trigger else start.use,
        icon=trigger.icon if trigger else "webhook",
        small=", ".join(f"{name} {value}" for name, value in start.settings.items()),
    )


def latest(steps: Iterable[StepView]) -> dict[str, StepView]:
    """Return one view per step id: of a loop's turns, the newest that did anything."""
    found: dict[str, StepView] = {}
    for step in steps:
        if step.id not in found or step.state not in NOT_TRAVELLED:
            found[step.id] = step
    return found


def travelled(stop: Stop) -> bool:
    """True when the run came through this stop."""
    return stop.seen is not None and stop.seen.state not in NOT_TRAVELLED


def chosen_case(seen: StepView | None) -> str | None:
    """Return the name of the case that a switch took, or the exit of a listen, if it took one."""
    if seen is None or not isinstance(seen.output, Mapping):
        return None
    if "timed_out" in seen.output:
        return "timed_out" if seen.output["timed_out"] else "do"
    case = seen.output.get("case")
    return case if isinstance(case, str) else None


def action_of(step: Step) -> str:
    """Return the full name of the action that a step calls, or an empty text."""
    body: Any = step.body
    name = body.get("call", "") if isinstance(body, Mapping) else body
    return name if step.kind == "call" and isinstance(name, str) else ""


def subject_of(step: Step) -> str:
    """Return what a step listens for, tells or runs, or an empty text."""
    match step.kind:
        case "listen":
            return str(step.body["listen"]["event"])
        case "emit":
            return str(step.body["emit"]["type"])
        case "run":
            return humanise(step.body["run"])
    return ""


def title_of(step: Step, catalog: Catalog) -> str:
    """Return what a step is called: its own title, its action's, or its id in words."""
    if step.title and step.title != step.id:
        return step.title
    action = catalog.action(action_of(step)) if step.kind == "call" else None
    return action.title if action else humanise(step.id)


def way_name(step: Step, lane: Lane) -> str:
    """Return the name on a way: a switch says its case, a loop and a try say what they do."""
    if step.kind == "for":
        return _("For each item")
    if step.kind == "try":
        return _("Try") if lane is step.lanes[0] else _("If it fails")
    if step.kind == "listen":
        return _("When it comes") if lane is step.lanes[0] else _("When the time is over")
    if lane.name == "else":
        return _("Otherwise")
    return (NUMBERED.match(lane.name) and lane.condition) or humanise(lane.name)


def find(steps: Iterable[Step], wanted: str) -> Step | None:
    """Return the step with this id, however deep it is nested."""
    for step in steps:
        inside = step if step.id == wanted else None
        for lane in step.lanes:
            inside = inside or find(lane.do, wanted)
        if inside:
            return inside
    return None

"""Turn a flow, and what a run made of it, into the line map that the template draws.

The drawing is a tree: stops on a line, and ways where the line splits and joins again. Nothing
here knows HTML.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nexus.core.host.catalog import LoadedCatalog as Catalog
from nexus.core.model.flow import Flow, Lane, Start, Step
from nexus.core.model.view import RunView, StepView
from nexus.ui import icons
from nexus.ui.labels import action_of, subject_of, title_of, way_name
from nexus.ui.marks import marks
from nexus.ui.words import _, humanise

NOT_TRAVELLED = frozenset({"todo", "skipped"})
SPLITS = frozenset({"switch", "try", "fork"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """One step as drawn. `pill` steps sit on the line; `seen` is what the run made of it.

    `marks` are icons with words: what its failure does, and whether it can be taken back. A failure
    that is `met` ends no run.
    """

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
    marks: tuple[tuple[str, str], ...] = ()
    met: bool = False

    @property
    def ends(self) -> bool:
        """True when no run goes on after it: it stops with an error, whichever way it takes."""
        if self.met:
            return False
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
            pill=step.kind not in ("call", "set", "decide"),
            ways=(*self._ways(step), *self._route(step)),
            seen=self._seen.get(step.id),
            marks=tuple(marks(step, self._catalog, self._seen)),
            met=step.on_error is not None and step.on_error.act in ("continue", "route"),
        )

    def _look(self, step: Step) -> tuple[str, str, str]:
        icon, family, kind = icons.KINDS.get(step.kind, (icons.FALLBACK, "it", step.kind))
        action = self._catalog.action(action_of(step)) if step.kind == "call" else None
        if action:
            return action.icon, action.family, f"{self._module(action.module)} · {action.title}"
        if step.kind == "decide":
            return icon, family, f"{_(kind)} · {humanise(step.body['decide'])}"
        return icon, family, action_of(step) or subject_of(step) or _(kind)

    def _route(self, step: Step) -> Iterable[Way]:
        """Draw the way of a failure beside the one on which all goes well."""
        lane = step.on_error.lane if step.on_error else None
        if lane is None:
            return
        seen = self._seen.get(step.id)
        if not step.lanes:
            went_well = seen is not None and seen.state == "done"
            yield Way(name=_("It works"), tone="ok", stops=(), taken=went_well)
        failed = seen is not None and seen.state == "handled"
        yield Way(name=_("If it fails"), tone="fail", stops=self.line(lane.do), taken=failed)

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


def find(steps: Iterable[Step], wanted: str) -> Step | None:
    """Return the step with this id, however deep it is nested."""
    for step in steps:
        inside = step if step.id == wanted else None
        for lane in step.ways:
            inside = inside or find(lane.do, wanted)
        if inside:
            return inside
    return None

"""Turn the slots of schedules into events, each slot once, also after a stop."""

import logging
from typing import Any

from nexus.core.clock import Clock, rfc3339
from nexus.core.flow.plan import Plan
from nexus.core.flow.plans import Plans
from nexus.core.model.action import Catalog
from nexus.core.model.event import Event
from nexus.core.model.flow import Flow, Start
from nexus.core.model.problem import Problem, Refused
from nexus.core.run.engine import Engine
from nexus.core.store import flows as store
from nexus.core.store.ticket import Repeated, Unavailable
from nexus.core.trigger.cron import check_cron, missed, next_slot
from nexus.core.trigger.match import Listener, match

BUSY = 1_000_000
log = logging.getLogger("nexus.trigger")


class Schedules:
    """Fires due schedules; the engine asks it at every tick."""

    def __init__(self, engine: Engine, plans: Plans, catalog: Catalog, clock: Clock) -> None:
        self._engine = engine
        self._database = engine.database
        self._plans = plans
        self._catalog = catalog
        self._clock = clock

    def first_slots(self, flow: Flow) -> list[tuple[int, int]]:
        """Return when each of the flow's schedules fires first, as (place in `trigger`, slot).

        Raises:
            Refused: A schedule is not one; every problem is named with its line.
        """
        slots = []
        for place, start in enumerate(flow.triggers):
            if self._is_schedule(start):
                _check(start, flow.id)
                cron, zone, _ = _rule(start)
                slots.append((place, next_slot(cron, zone, self._clock.now())))
        return slots

    def tick(self, now: int) -> int | None:
        """Fire what is due and return when the next schedule fires."""
        for row in store.due_schedules(self._database, now):
            try:
                plan = self._plans.find(row.live)
                self._fire(plan, row, now)
            except Unavailable:
                return now + BUSY
            except Refused:  # its module is gone: look again when it may be back
                self._put_off(row, now)
            except Exception:
                log.exception("the schedule of %s broke; the others go on", row.flow_id)
                self._put_off(row, now)
        return store.next_schedule(self._database)

    def _put_off(self, row: Any, now: int) -> None:
        store.set_schedule(self._database, row.flow_id, row.place, now + 60 * BUSY)

    def _fire(self, plan: Plan, row: Any, now: int) -> None:
        start = plan.flow.triggers[row.place]
        cron, zone, policy = _rule(start)
        for slot in missed(policy, cron, zone, row.next - 1, now):
            self._admit(plan, start, row.place, slot)
        following = next_slot(cron, zone, now)
        store.set_schedule(self._database, row.flow_id, row.place, following)

    def _admit(self, plan: Plan, start: Start, place: int, slot: int) -> None:
        event = Event(
            id=self._engine.mint(),
            source=f"schedule:{plan.flow.id}",
            type="core.schedule.reached",
            subject=plan.flow.id,
            time=slot,
            received=self._clock.now(),
            data={"due": rfc3339(slot)},
            dedupe=f"{place}:{slot}",
        )
        trigger = self._catalog.trigger(start.use)
        assert trigger is not None
        listener = Listener(plan=plan, trigger=trigger, settings=dict(start.settings))
        runs = [
            self._engine.begin(found.plan, event, found.fault) for found in match([listener], event)
        ]
        try:
            self._engine.admit(event, runs)
        except Repeated:
            return

    def _is_schedule(self, start: Start) -> bool:
        trigger = self._catalog.trigger(start.use)
        return trigger is not None and trigger.kind == "schedule"


def _rule(start: Start) -> tuple[str, str, Any]:
    settings = start.settings
    return str(settings["cron"]), settings.get("zone", "UTC"), settings.get("missed", "once")


def _check(start: Start, flow_id: str) -> None:
    cron, zone, _ = _rule(start)
    problems = [
        Problem(
            code=one.code,
            title=one.title,
            file=f"{flow_id}.yaml",
            line=start.place.line,
            column=start.place.column,
            expected=one.expected,
            hint=one.hint,
        )
        for one in check_cron(cron, zone)
    ]
    if problems:
        raise Refused(*problems)

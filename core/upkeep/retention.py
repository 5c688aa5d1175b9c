"""How long runs are kept, how large the data may grow, and the sweep that sees to it.

A sweep removes a hundred runs a commit and rests as long as each took, so that whoever writes
meanwhile never waits for more than one batch. Killed at any moment, it is gone on with later:
each commit is whole.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nexus.core.clock import SECOND, Clock
from nexus.core.model import ids
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.people.policy import allow
from nexus.core.run.engine import Engine
from nexus.core.store import prune
from nexus.core.store.settings import read_setting, write_setting
from nexus.core.store.ticket import Unavailable, Work

DAY = 24 * 3600 * SECOND
SETTING = "retention"
DAYS = 90
LONGEST = 36_500
KNOWN = 30 * DAY  # a sender's repeats are known for so long, whatever is removed
LEAST_BUDGET = 10_000_000
ENOUGH = 0.9  # of the budget: what a sweep goes down to
REST = 0.02  # seconds at least between two batches
log = logging.getLogger("nexus.upkeep")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """What a sweep came to, or has come to so far. `stage` is empty when none is under way."""

    stage: str = ""
    began: int = 0
    ended: int = 0
    runs: int = 0
    events: int = 0
    freed: int = 0
    over_budget: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionRow:
    """What is kept: `days` unless `flows` says otherwise, `budget` bytes at most (None: any)."""

    days: int = DAYS
    budget: int | None = None
    flows: Mapping[str, int] = field(default_factory=dict)
    bytes: int = 0
    file_bytes: int = 0
    sweep: Sweep = field(default_factory=Sweep)


class Retention:
    """Everything that can be asked of what is kept."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._database = engine.database
        self._clock = clock
        self._busy = threading.Lock()
        self._stop = threading.Event()
        self._sweep = Sweep()
        self._next = clock.now() + DAY // 24

    def show(self, actor: Actor) -> RetentionRow:
        """Say what is kept, how much there is, and how far the sweep is."""
        allow(actor, "installation", "read")
        size, file_size = prune.size(self._database), prune.file_size(self._database)
        return replace(self._rule(), bytes=size, file_bytes=file_size, sweep=self._sweep)

    def set(
        self,
        actor: Actor,
        *,
        days: int | None = None,
        budget: int | None = None,
        flow_id: str | None = None,
    ) -> RetentionRow:
        """Keep finished runs for `days`, all flows' or one's; keep `budget` bytes at most.

        0 days give a flow the installation's number again; a budget of 0 lifts it.

        Raises:
            Refused: A number is out of bounds, or there is no such flow.
        """
        allow(actor, "installation", "retain")
        rule = self._rule()
        if flow_id is not None and flow_id not in prune.kept_flows(self._database):
            raise missing("flow", flow_id, "See `nexus flow list`.")
        _check(days, budget, flow_id)
        if budget is not None:
            rule = replace(rule, budget=budget or None)
        if days is not None and flow_id is None:
            rule = replace(rule, days=days)
        elif days is not None and flow_id is not None:
            others = {name: kept for name, kept in rule.flows.items() if name != flow_id}
            rule = replace(rule, flows=others | ({flow_id: days} if days else {}))
        kept = {"days": rule.days, "budget": rule.budget, "flows": dict(rule.flows)}
        about = {"days": days, "budget": budget, "what": _words(days, budget, flow_id)}
        done = deed(actor, self._clock.now(), "installation.retain", flow_id or "all", **about)
        write_setting(self._database, SETTING, kept, done)
        return self.show(actor)

    def sweep(self, actor: Actor) -> RetentionRow:
        """Begin a sweep now, beside everything else; `show` tells how far it is.

        Raises:
            Refused: One is under way.
        """
        allow(actor, "installation", "retain")
        done = deed(actor, self._clock.now(), "installation.retain", "all", what="swept now")
        if not self._begin():
            title = "A sweep is under way."
            raise Refused(Problem(code="busy", title=title, status=409, hint="Wait for its end."))
        with self._database.write() as connection:
            self._database.audit(connection, done)
        return self.show(actor)

    def tick(self, now: int) -> int:
        """Begin the daily sweep when it is due, and say when the next one is."""
        if now >= self._next:
            self._next = now + DAY
            self._begin()
        return self._next

    def wait(self, seconds: float) -> None:
        """Wait until no sweep is under way, or for so long."""
        if self._busy.acquire(timeout=seconds):
            self._busy.release()

    def close(self) -> None:
        """End a sweep after the batch that it is at."""
        self._stop.set()
        self.wait(5)

    def _begin(self) -> bool:
        if not self._busy.acquire(blocking=False):
            return False
        self._sweep = Sweep(stage="runs", began=self._clock.now())
        threading.Thread(target=self._all, name="retention", daemon=True).start()
        return True

    def _all(self) -> None:
        before = prune.file_size(self._database)
        try:
            self._through(self._rule())
        except Unavailable:
            log.warning("the sweep stops here: the database cannot be written now")
        except Exception:
            log.exception("the sweep broke; the next one goes on")
        finally:
            freed = max(0, before - prune.file_size(self._database))
            self._note(stage="", ended=self._clock.now(), freed=freed)
            log.info("swept: %d runs and %d events removed, %d bytes given back",
                     self._sweep.runs, self._sweep.events, freed)  # fmt: skip
            self._busy.release()

    def _through(self, rule: RetentionRow) -> None:
        now = self._clock.now()
        for flow_id in prune.kept_flows(self._database):
            past = now - rule.flows.get(flow_id, rule.days) * DAY
            self._remove(flow_id=flow_id, begun=ids.first_at(past), ended=past, failed=True)
        self._remove_events(ids.first_at(now - rule.days * DAY), now)
        self._fit(rule.budget, now)
        self._note(stage="room")
        while not self._stop.is_set() and prune.give_back(self._database):
            self._stop.wait(prune.PAUSE)
        prune.settle(self._database)

    def _remove(self, **which: Any) -> None:
        """Remove runs that are over, batch by batch."""
        after = 0
        while batch := prune.over_runs(self._database, after=after, **which):
            after = batch[-1]
            work = prune.remove_runs(batch, self._clock.now() - KNOWN)
            self._note(runs=self._sweep.runs + self._write(work))
            if self._stop.is_set():
                return

    def _remove_events(self, before: int, now: int) -> None:
        self._note(stage="events")
        after = 0
        while batch := prune.old_events(self._database, before, after):
            after = batch[-1]
            work = prune.remove_events(batch, now - KNOWN)
            self._note(events=self._sweep.events + self._write(work))
            if self._stop.is_set():
                return

    def _fit(self, budget: int | None, now: int) -> None:
        """Remove the oldest finished runs, however young, until the data fits its budget."""
        if budget is None or prune.size(self._database) <= budget:
            return
        self._note(stage="budget")
        after, known = 0, now - KNOWN
        while prune.size(self._database) > budget * ENOUGH and not self._stop.is_set():
            batch = prune.over_runs(
                self._database, flow_id=None, begun=ids.first_at(now), ended=now, after=after,
                failed=False,
            )  # fmt: skip
            if not batch:
                self._note(over_budget=prune.size(self._database) > budget)
                return
            after = batch[-1]
            self._note(runs=self._sweep.runs + self._write(prune.remove_runs(batch, known)))

    def _write(self, work: Work) -> int:
        """Let the committer do a batch, then leave the writer to others for a while."""
        began = time.monotonic()
        changed = int(self._engine.committer.call(work).wait())
        self._stop.wait(max(REST, time.monotonic() - began))
        return changed

    def _note(self, **facts: Any) -> None:
        self._sweep = replace(self._sweep, **facts)

    def _rule(self) -> RetentionRow:
        return RetentionRow(**(read_setting(self._database, SETTING) or {}))


def _check(days: int | None, budget: int | None, flow_id: str | None) -> None:
    least = 0 if flow_id else 1
    if days is not None and not least <= days <= LONGEST:
        title, expected = f"{days} days cannot be kept.", f"{least} to {LONGEST:,} days"
        raise Refused(Problem(code="bad_days", title=title, expected=expected))
    if budget and budget < LEAST_BUDGET:
        title = f"{budget:,} bytes are too few to work with."
        expected = f"at least {LEAST_BUDGET:,} bytes, or 0 for no budget"
        raise Refused(Problem(code="bad_budget", title=title, expected=expected))


def _words(days: int | None, budget: int | None, flow_id: str | None) -> str:
    told = []
    if days is not None:
        told.append(f"{days} days of {flow_id or 'every flow'}" if days else f"{flow_id} as all")
    if budget is not None:
        told.append(f"at most {budget:,} bytes" if budget else "no budget")
    return " and ".join(told) or "nothing"

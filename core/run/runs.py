"""The run verbs: list, show, retry, cancel, wait."""

import time
from dataclasses import replace
from typing import Any

import msgspec

from nexus.core.clock import Clock
from nexus.core.flow.plans import Plans
from nexus.core.model import ids
from nexus.core.model.action import Catalog
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed, deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.model.run import Entry, Fault, Position, RunRow, RunState
from nexus.core.model.view import Page, RunView, UndoRow
from nexus.core.people.policy import allow
from nexus.core.queue.local import Queue
from nexus.core.run.engine import Engine
from nexus.core.run.missing import with_missing
from nexus.core.run.refusals import nothing_to_undo, wrong_state
from nexus.core.run.revive import read_event
from nexus.core.run.undoing import can_be_undone, undo_rows
from nexus.core.run.view import steps_of
from nexus.core.store import claims, connections, history
from nexus.core.store import runs as store
from nexus.core.store.families import when
from nexus.core.store.ticket import Work

LIMIT = 200
LONGEST_TEXT = 200
_position = msgspec.json.Decoder(Position).decode
_fault = msgspec.json.Decoder(Fault).decode


class Runs:
    """Everything that can be asked of runs."""

    def __init__(
        self, engine: Engine, plans: Plans, catalog: Catalog, queue: Queue, clock: Clock
    ) -> None:
        self._engine = engine
        self._database = engine.database
        self._plans = plans
        self._catalog = catalog
        self._queue = queue
        self._clock = clock

    def show(self, actor: Actor, run_id: str) -> RunView:
        """Return a run with every step's attempts, input and output."""
        allow(actor, "run", "read")
        row = self._find(run_id)
        joined = store.run_with_event(self._database, row.id)
        assert joined is not None
        seq, entries = history.read(self._database, [row.id])[row.id]
        effects = claims.load_effects(self._database, [row.id])
        plan, event = self._plans.find(joined.run_version_id), read_event(joined)
        steps = steps_of(plan, self._catalog, row, entries, effects)
        steps = with_missing(steps, plan, event)
        clean = self._engine.redactor.clean
        steps = tuple(replace(one, input=clean(one.input)) for one in steps)
        return RunView(row=row, event=event, steps=steps, seq=seq, now=self._clock.now())

    def retry(self, actor: Actor, run_id: str) -> RunRow:
        """Let a failed or doubtful run go on from the step where it stopped.

        Raises:
            Refused: 404 no such run, 409 it did not stop on a failure.
        """
        allow(actor, "run", "retry")
        row = self._find(run_id)
        joined = store.run_with_event(self._database, row.id)
        position = _position(joined.run_position) if joined and joined.run_position else Position()
        position.attempt = position.since = 0
        entry = self._entry(actor, row, "retry")
        work = store.again(row.id, msgspec.json.encode(position), entry)
        done = self._deed(actor, "run.retry", run_id, row)
        self._change(row, work, done, "retried", "failed or needs a person")
        self._queue.wake()
        return self._find(run_id)

    def cancel(self, actor: Actor, run_id: str) -> RunRow:
        """Stop a run that is not over; an effect under way is noted when it comes home.

        Raises:
            Refused: 404 no such run, 409 it is over.
        """
        allow(actor, "run", "cancel")
        row = self._find(run_id)
        entry = self._entry(actor, row, "cancel")
        joined = store.run_with_event(self._database, row.id)
        assert joined is not None
        fault = Fault("cancelled", f"It was cancelled by {actor.name}.")
        told = self._engine.voice.ended(row.id, read_event(joined), fault)
        work = when(store.cancel(row.id, self._clock.now(), entry), *told)
        done = self._deed(actor, "run.cancel", run_id, row)
        self._change(row, work, done, "cancelled", "not over yet")
        self._queue.wake()
        return self._find(run_id)

    def preview_undo(self, actor: Actor, run_id: str) -> "list[UndoRow]":
        """Return what the run did, newest first, and what undoing it would do about each."""
        allow(actor, "run", "read")
        row = self._find(run_id)
        joined = store.run_with_event(self._database, row.id)
        assert joined is not None
        plan = self._plans.find(joined.run_version_id)
        return undo_rows(plan, claims.load_effects(self._database, [row.id]))

    def undo(self, actor: Actor, run_id: str) -> RunRow:
        """Take back what the run did, newest first, as far as its steps say how.

        Raises:
            Refused: 404 no such run, 409 it is under way or has nothing to take back.
        """
        allow(actor, "run", "undo")
        row = self._find(run_id)
        if not can_be_undone(self.preview_undo(actor, run_id)):
            raise Refused(nothing_to_undo())
        joined = store.run_with_event(self._database, row.id)
        position = _position(joined.run_position) if joined and joined.run_position else Position()
        where = msgspec.json.encode(Position(position.pc, undoing=True))
        work = store.undo(row.id, where, self._entry(actor, row, "undo"))
        self._change(row, work, self._deed(actor, "run.undo", run_id, row), "undone", "at rest")
        self._queue.wake()
        return self._find(run_id)

    def resume(self, alias: str) -> None:
        """Let the runs that wait for a connection try again now; connections call it."""
        work = connections.wake(alias, self._clock.now())
        if self._engine.committer.call(work).wait():
            self._queue.wake()

    def wait(self, actor: Actor, run_id: str, timeout: float) -> RunRow:
        """Return the run as soon as it is over or needs a person, or after `timeout` seconds."""
        allow(actor, "run", "read")
        deadline = time.monotonic() + timeout
        row = self._find(run_id)
        while not (row.state.is_over or row.state is RunState.NEEDS_PERSON):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._engine.pulse.wait(row.id, -1, min(left, 0.25))
            row = self._find(run_id)
        return row

    def list(
        self,
        actor: Actor,
        *,
        flow_id: str | None = None,
        state: str | None = None,
        text: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[RunRow]:
        """Return runs, newest first; the cursor of one page asks for the next."""
        allow(actor, "run", "read")
        limit = max(1, min(limit, LIMIT))
        _check_text(text or "")
        rows = store.list_runs(
            self._database,
            flow_id=flow_id,
            state=_state(state),
            text=text,
            before=_before(cursor),
            limit=limit + 1,
        )
        more = ids.write("run", rows[limit - 1].id) if len(rows) > limit else None
        return Page(rows=[run_row(row) for row in rows[:limit]], cursor=more)

    def _find(self, run_id: str) -> RunRow:
        number = ids.read("run", run_id)
        row = None if number is None else store.find_run(self._database, number)
        if row is None:
            raise missing("run", run_id, "See `nexus run list`.")
        return run_row(row)

    def _entry(self, actor: Actor, row: RunRow, what: str) -> Entry:
        value = {"did": what, "by": actor.name, "via": actor.via}
        return Entry(row.step, "person", self._clock.now(), value)

    def _deed(self, actor: Actor, action: str, run_id: str, row: RunRow) -> Deed:
        meta = {"name": row.flow_name, "business": row.key}
        return deed(actor, self._clock.now(), action, run_id, before=row.state.word, **meta)

    def _change(self, row: RunRow, work: Work, done: Deed, what: str, expected: str) -> None:
        if not self._engine.committer.call(self._database.chain.join(work, done)).wait():
            raise Refused(wrong_state(row, what, expected))
        self._engine.pulse.poke(row.id)


def run_row(row: Any) -> RunRow:
    """Return a run as lists show it."""
    return RunRow(
        id=row.id,
        flow_id=row.flow_id,
        flow_name=row.flow_name,
        version=row.version_number,
        event_id=row.event_id,
        state=RunState(row.state),
        key=row.key or row.subject or "",
        started=row.received,
        ended=row.ended,
        due=row.due,
        step=row.step or "",
        fault=_fault(row.fault) if row.fault else None,
        awaits=row.awaits or "",
    )


def _check_text(text: str) -> None:
    """Refuse what the database would refuse to look for, and nobody types."""
    if len(text) > LONGEST_TEXT:
        title = f"The text to look for has {len(text):,} characters."
        expected = f"at most {LONGEST_TEXT} characters"
        raise Refused(Problem(code="text_too_long", title=title, expected=expected))


def _state(word: str | None) -> RunState | None:
    if not word:
        return None
    try:
        return RunState[word.upper()]
    except KeyError:
        words = ", ".join(state.word for state in RunState)
        title = f"There is no state {word[:80]!r}."
        raise Refused(Problem(code="bad_state", title=title, expected=f"one of {words}")) from None


def _before(cursor: str | None) -> int | None:
    if not cursor:
        return None
    before = ids.read("run", cursor)
    if before is None:
        raise Refused(
            Problem(
                code="bad_cursor",
                title=f"{cursor[:80]!r} is not a cursor.",
                expected="the cursor of the page before",
            )
        )
    return before

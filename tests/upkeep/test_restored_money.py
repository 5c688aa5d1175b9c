"""Money of a run that came back from a backup: the other copy may have moved it since."""

import sqlite3
from dataclasses import replace

import pytest

from nexus.core.clock import SECOND
from nexus.core.flow import plan as ops
from nexus.core.model.action import Action
from nexus.core.model.equipment import Equipment
from nexus.core.model.event import Event
from nexus.core.model.flow import Flow
from nexus.core.model.run import RunState
from nexus.core.queue.local import LocalQueue
from nexus.core.run.engine import Engine
from nexus.core.store import hold, runs
from nexus.core.store.database import Database


@pytest.fixture
def charged(tmp_path, clock, until):
    """Start a run that charges, as if it came back from a backup; returns state and charges."""
    opened, calls = [], []

    def charge(context, arguments):
        calls.append(context.key)
        return {}

    def charged(
        effect="money",
        idempotency="none",
        taken_hours_ago=1,
        received_hours_ago=2,
        undone=False,
    ):
        database = Database(tmp_path / "data")
        with database.write() as connection:
            hold.put(connection, {hold.TAKEN: clock.now() - taken_hours_ago * 3600 * SECOND})
        action = Action(
            name="pay.charge", title="Charge", help="", effect=effect, idempotency=idempotency,
            input={}, output={}, call=charge, is_async=False,
        )  # fmt: skip
        call = ops.Call(step="charge", action=action, arguments=lambda c: {})
        flow = Flow(id="money", name="Money", triggers=(), do=(), undo=True)
        steps = taken_back(call) if undone else (call,)
        plan = ops.Plan(flow=flow, version=1, ops=steps, settings={}, version_id=1)
        equip = lambda action, alias: Equipment()  # noqa: E731
        engine = Engine(database, clock, {1: plan}.__getitem__, equip, LocalQueue())
        engine.start()
        opened.append(engine)
        then = clock.now() - received_hours_ago * 3600 * SECOND
        event = Event(
            id=engine.mint(), source="t", type="t", subject="", time=then, received=then, data=None
        )
        live, stop = engine.begin(plan, event)
        engine.admit(event, [(live, stop)])
        return engine, live.id

    charged.calls = calls
    yield charged
    for engine in opened:
        engine.stop()
        engine.database.close()


def taken_back(call):
    """Note something that is taken back by such a charge, as the run then fails."""
    note = replace(call, step="note", action=replace(call.action, effect="write"))
    undo = replace(call, step="undo:note")
    stop = ops.Raise(step="stop", code="no", message=lambda context: "No.")
    return replace(note, undo=undo), stop


def state(engine, run_id):
    connection = sqlite3.connect(engine.database.folder / "nexus.db")
    ((number,),) = connection.execute("select state from run where id = ?", (run_id,)).fetchall()
    connection.close()
    return RunState(number)


def test_a_person_is_asked_and_their_retry_charges_once(charged, until):
    engine, run_id = charged()
    until(lambda: state(engine, run_id) is RunState.NEEDS_PERSON)
    assert charged.calls == []
    entry = runs.Entry("charge", "person", engine.clock.now(), {"did": "retry"})
    position = b"[0,[],0,0]"
    assert engine.committer.call(runs.again(run_id, position, entry)).wait()
    engine.wake()
    until(lambda: state(engine, run_id) is RunState.DONE)
    assert len(charged.calls) == 1


@pytest.mark.parametrize(
    "harmless",
    [
        {"effect": "notify"},
        {"idempotency": "key"},
        {"received_hours_ago": 0},
    ],
    ids=["a mail", "the provider knows the key", "it came after the backup"],
)
def test_what_cannot_happen_twice_goes_on(charged, until, harmless):
    engine, run_id = charged(**harmless)
    until(lambda: state(engine, run_id) is RunState.DONE)
    assert len(charged.calls) == 1


def test_a_key_that_the_provider_has_forgotten_asks_a_person(charged, until):
    engine, run_id = charged(idempotency="key", taken_hours_ago=25, received_hours_ago=26)
    until(lambda: state(engine, run_id) is RunState.NEEDS_PERSON)
    assert charged.calls == []


def test_money_that_takes_something_back_may_have_moved_as_well(charged, until):
    engine, run_id = charged(undone=True)
    until(lambda: state(engine, run_id) is RunState.NEEDS_PERSON)
    assert len(charged.calls) == 1, "the note; what takes it back waits for a person"
    entry = runs.Entry("undo:note", "person", engine.clock.now(), {"did": "retry"})
    with_undo = b"[1,[],0,0,true]"
    assert engine.committer.call(runs.again(run_id, with_undo, entry)).wait()
    engine.wake()
    until(lambda: state(engine, run_id) is RunState.UNDONE)
    assert len(charged.calls) == 2

"""Finished runs go when they are too old or too many, and the file becomes smaller for it."""

import os
import threading

import pytest

from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.core.store import prune

DAY = 24 * 3600
WAIT = """\
id: patient
name: Patient
trigger:
  - use: core.webhook
do:
  - stop: {raise: {code: no, message: "No."}, if: event.data.fail == true}
  - pause: {wait: 400d}
"""
FAT = b'{"name": "%s"}'


@pytest.fixture
def swept(nexus, owner, until):
    """Return what sweeps and tells what came of it."""

    def swept():
        nexus.upkeep.retention.sweep(owner)
        until(lambda: not nexus.upkeep.retention.show(owner).sweep.stage)
        return nexus.upkeep.retention.show(owner).sweep

    return swept


@pytest.fixture
def counted(folder, ask):
    def counted():
        tables = ("run", "journal", "effect", "event")
        return {name: ask(folder, f"select count(*) from {name}")[0][0] for name in tables}

    return counted


def test_only_what_is_over_and_old_goes_with_all_that_hangs_on_it(
    nexus, folder, owner, clock, publish, send, tell, http_sink, ask, greet, swept, counted
):
    greet, patient = publish(greet), publish(WAIT)
    send(patient), send(patient, b'{"fail": true}'), send(greet)
    done = send(tell, b'{"id": 1}').run_ids[0]
    nexus.runs.wait(owner, done, 10)
    clock.advance(60 * DAY)
    young = send(greet).run_ids[0]
    clock.advance(40 * DAY)
    sweep = swept()
    assert sweep.runs == 3
    left = {row.flow_id: row.state for row in nexus.runs.list(owner).rows}
    assert left == {"patient": RunState.WAITING, "greet": RunState.DONE}
    assert nexus.runs.show(owner, young).row.state is RunState.DONE
    assert counted() == {"run": 2, "journal": 2, "effect": 0, "event": 2}
    assert ask(folder, "pragma integrity_check") == [("ok",)]


def test_a_flow_may_keep_less_or_more_than_the_others(
    nexus, owner, clock, publish, send, greet, swept
):
    greet, patient = publish(greet), publish(WAIT)
    nexus.upkeep.retention.set(owner, days=30)
    row = nexus.upkeep.retention.set(owner, days=1, flow_id="greet")
    assert (row.days, row.flows) == (30, {"greet": 1})
    send(greet), send(patient, b'{"fail": true}')
    clock.advance(2 * DAY)
    assert swept().runs == 1
    assert [row.flow_id for row in nexus.runs.list(owner).rows] == ["patient"]
    assert nexus.upkeep.retention.set(owner, days=0, flow_id="greet").flows == {}


def test_a_senders_repeat_is_known_although_its_run_is_gone(
    nexus, folder, owner, clock, publish, ask, greet, swept
):
    key = publish(greet)
    head = {"content-type": "application/json", "idempotency-key": "one"}
    first = nexus.inbox.receive(key, head, b'{"name": "Ada", "id": "one"}')
    nexus.upkeep.retention.set(owner, days=1)
    clock.advance(2 * DAY)
    assert swept().runs == 1
    assert ask(folder, "select data from event") == [(prune.EMPTY,)]
    repeat = nexus.inbox.receive(key, head, b'{"name": "Ada", "id": "one"}')
    assert (repeat.repeat, repeat.event_id) == (True, first.event_id)
    clock.advance(31 * DAY)
    swept()
    assert ask(folder, "select id from event") == []


def test_the_file_itself_shrinks_under_its_budget_while_events_come(
    nexus, folder, owner, publish, send, greet, swept
):
    key = publish(greet)
    body = FAT % (os.urandom(30_000).hex().encode())
    for _ in range(300):
        send(key, body)
    waiting = publish(WAIT)
    kept = send(waiting).run_ids[0]
    prune.settle(nexus.database)
    before = prune.file_size(nexus.database)
    assert before > 25_000_000
    nexus.upkeep.retention.set(owner, budget=10_000_000)
    stop, taken = threading.Event(), []

    def flood():
        while not stop.is_set():
            taken.append(send(key).event_id)

    sender = threading.Thread(target=flood)
    sender.start()
    sweep = swept()
    stop.set()
    sender.join()
    assert (folder / "nexus.db").stat().st_size < 12_000_000
    assert prune.size(nexus.database) < 10_000_000
    assert sweep.freed > 10_000_000
    assert taken
    assert nexus.runs.show(owner, kept).row.state is RunState.WAITING


def test_what_cannot_fit_is_said_and_nothing_that_waits_is_touched(
    nexus, owner, publish, send, swept
):
    key = publish(WAIT)
    body = FAT % (os.urandom(60_000).hex().encode())
    for _ in range(100):
        send(key, body)
    nexus.upkeep.retention.set(owner, budget=10_000_000)
    sweep = swept()
    assert (sweep.over_budget, sweep.runs) == (True, 0)
    (finding,) = [one for one in nexus_findings(nexus, owner) if one.what == "data size"]
    assert finding.attention


def nexus_findings(nexus, owner):
    from nexus.core.doctor import examine

    return examine(nexus, owner)


def test_it_comes_once_a_day_by_itself(nexus, owner, clock, publish, send, greet, until):
    send(publish(greet))
    clock.advance(91 * DAY)
    nexus.engine.wake()
    until(lambda: nexus.runs.list(owner).rows == [])


@pytest.mark.parametrize(
    "wrong",
    [{"days": 0}, {"days": -1}, {"days": 10**9}, {"budget": 5}, {"days": 3, "flow_id": "none"}],
)
def test_bad_numbers_are_refused(nexus, owner, wrong):
    with pytest.raises(Refused):
        nexus.upkeep.retention.set(owner, **wrong)

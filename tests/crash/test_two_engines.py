"""Two engines on one database: one that was paused past its lease changes nothing any more."""

import signal
import threading
import time

import pytest

from nexus.core.clock import FixedClock
from nexus.core.model.run import RunState
from nexus.core.nexus import open_nexus
from nexus.core.redact import Redactor
from nexus.core.store import claims, flows
from nexus.core.store.committer import Committer
from nexus.core.store.database import Database
from nexus.core.store.statements import NEW_RUN

pytestmark = pytest.mark.xdist_group("processes")
EVERY_MINUTE = """
id: minutely
name: Minutely
modules: [core]
trigger:
  - use: core.schedule
    with: {cron: "* * * * *"}
do:
  - note: {set: {a: 1}}
"""


def eventually(fact, seconds=15):
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def test_a_paused_engine_is_fenced_off_and_the_effect_keeps_its_key(installation):
    paused = installation.beside("first")
    paused.stdout.readline()
    eventually(lambda: installation.calls)
    paused.send_signal(signal.SIGSTOP)
    other = installation.beside("second")
    other.stdout.readline()
    eventually(lambda: installation.ask("select state from run") == [(int(RunState.DONE),)])
    paused.send_signal(signal.SIGCONT)
    time.sleep(1)
    for process in (paused, other):
        process.communicate("\n", timeout=20)
        assert process.returncode == 0
    assert len(installation.calls) == 2
    assert len(set(installation.calls)) == 1
    assert installation.ask("select state, attempt from effect") == [(2, 2)]
    assert installation.ask("select state, epoch from run") == [(int(RunState.DONE), 2)]
    seqs = installation.ask("select seq from journal order by seq")
    assert seqs == [(n,) for n in range(len(seqs))]


def test_eight_workers_race_for_a_run_and_one_gets_it(store):
    databases = [Database(store.folder) for _ in range(8)]
    committers = [Committer(database, Redactor()) for database in databases]
    for round_ in range(1, 26):
        more = (None, None, None, None, None, b"[0]", None, None)
        row = ("f", 1, round_, int(RunState.READY), 1, *more)
        committers[0].submit([(NEW_RUN, (round_, *row))]).wait()
        gate, taken = threading.Barrier(8), []

        def race(me, committer, gate=gate, taken=taken):
            gate.wait()
            taken.extend(committer.call(claims.claim_due(me, 1)).wait())

        threads = [threading.Thread(target=race, args=pair) for pair in enumerate(committers, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert taken == [round_]
    for committer, database in zip(committers, databases, strict=True):
        committer.close()
        database.close()


def test_a_slot_that_two_engines_see_becomes_one_event(store):
    clock = FixedClock()
    pair = [open_nexus(store.folder, clock, alone=False) for _ in range(2)]
    owner = pair[0].people.console()
    pair[0].flows.save(owner, EVERY_MINUTE)
    pair[0].flows.publish(owner, "minutely")
    for _ in range(5):
        clock.advance(60)
        gate = threading.Barrier(2)

        def tick(one, gate=gate):
            gate.wait()
            one.engine.on_tick(clock.now())

        threads = [threading.Thread(target=tick, args=(one,)) for one in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times = [row.event_id for row in pair[0].runs.list(owner).rows]
    assert len(times) == len(set(times)) == 5
    for one in pair:
        one.close()


def test_a_slot_that_is_seen_again_becomes_no_second_event(store):
    clock = FixedClock()
    nexus = open_nexus(store.folder, clock)
    owner = nexus.people.console()
    nexus.flows.save(owner, EVERY_MINUTE)
    nexus.flows.publish(owner, "minutely")
    (slot,) = [row.next for row in due(nexus)]
    clock.advance(60)
    for _ in range(3):
        flows.set_schedule(nexus.database, "minutely", 0, slot)
        nexus.engine.on_tick(clock.now())
    assert len(nexus.runs.list(owner).rows) == 1
    nexus.close()


def due(nexus):
    return flows.due_schedules(nexus.database, nexus.clock.now() + 3600 * 1_000_000)

"""Schedules fire each slot once, also after a stop and when the clock moves."""

import pytest

from nexus.core.clock import SECOND, FixedClock
from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus

FLOW = """
id: daily
name: Daily
trigger: [{use: core.schedule, with: {cron: "0 * * * *", zone: UTC, missed: POLICY}}]
do:
  - due: {set: {at: "{{ event.data.due }}"}}
"""
HOUR = 3600


@pytest.fixture
def clock():
    return FixedClock(1_790_000_000 // HOUR * HOUR * SECOND)


@pytest.fixture
def nexus(tmp_path, clock):
    nexus = open_nexus(tmp_path, clock)
    yield nexus
    nexus.close()


def publish(nexus, owner, policy):
    nexus.flows.save(owner, FLOW.replace("POLICY", policy))
    nexus.flows.publish(owner, "daily")


def fired(nexus, owner):
    return len(nexus.runs.list(owner, limit=200).rows)


def test_a_slot_fires_once_at_its_time(nexus, owner, clock):
    publish(nexus, owner, "once")
    assert nexus.engine.on_tick(clock.now()) == clock.now() + HOUR * SECOND
    assert fired(nexus, owner) == 0
    clock.advance(HOUR + 1)
    nexus.engine.on_tick(clock.now())
    nexus.engine.on_tick(clock.now())
    assert fired(nexus, owner) == 1


@pytest.mark.parametrize(("policy", "count"), [("skip", 0), ("once", 1), ("all", 72)])
def test_after_three_days_off_the_policy_is_kept(nexus, owner, clock, policy, count):
    publish(nexus, owner, policy)
    clock.advance(72 * HOUR + 600)
    nexus.engine.on_tick(clock.now())
    assert fired(nexus, owner) == count


def test_a_clock_that_goes_back_never_fires_a_slot_again(nexus, owner, clock):
    publish(nexus, owner, "all")
    clock.advance(HOUR + 1)
    nexus.engine.on_tick(clock.now())
    clock.advance(-HOUR)
    nexus.engine.on_tick(clock.now())
    clock.advance(HOUR)
    nexus.engine.on_tick(clock.now())
    assert fired(nexus, owner) == 1


def test_a_flow_that_is_off_does_not_fire(nexus, owner, clock):
    publish(nexus, owner, "all")
    nexus.flows.turn(owner, "daily", False)
    clock.advance(2 * HOUR)
    nexus.engine.on_tick(clock.now())
    assert fired(nexus, owner) == 0


@pytest.mark.parametrize("cron", ["61 * * * *", "0 0 30 2 *", "every day", "* * * *"])
def test_nonsense_is_refused_when_published_with_its_line(nexus, owner, cron):
    source = FLOW.replace("0 * * * *", cron).replace("POLICY", "once")
    with pytest.raises(Refused) as refused:
        nexus.flows.save(owner, source)
        nexus.flows.publish(owner, "daily")
    problem = refused.value.problems[0]
    assert problem.line == 4
    assert problem.expected

"""Runs wait for events: exactly once, early ones too, until the time runs out."""

import time

import pytest
from sqlalchemy import text

from nexus.core.model.run import RunState
from nexus.core.store.listeners import prune_early

DAY = 86_400
LISTENER = """
id: listener
trigger: [{use: core.webhook}]
key: event.data.key
do:
  - first:
      listen: {event: test.said, for: 2d}
      do: [{glad: {set: "{{ steps.first.event.data }}"}}]
      timed_out: [{sad: {set: alone}}]
"""
TWICE = """
id: twice
trigger: [{use: core.webhook}]
do:
  - gate: {listen: {event: test.said, match: "gate {{ event.data.key }}"}}
  - each:
      for: [1, 2]
      do:
        - heard: {listen: {event: test.said, match: "{{ event.data.key }}", for: 2d}}
"""
DONE, WAITING = RunState.DONE, RunState.WAITING


@pytest.fixture(autouse=True)
def flows(town):
    town.publish(LISTENER)
    town.publish(TWICE)


def test_an_event_wakes_who_listens_for_it_and_nobody_else(town):
    mine, other = town.start("listener", key="a"), town.start("listener", key="b")
    town.say("a", "hello")
    town.rest(mine)
    assert town.output(mine, "glad") == "hello"
    assert town.output(mine, "first")["timed_out"] is False
    assert town.state(other) is WAITING
    assert town.ask("select count(*) from listener") == [(1,)]


def test_one_event_wakes_everybody_who_listens_for_it(town):
    runs = [town.start("listener", key="a") for _ in range(20)]
    town.say("a", 7)
    for run in runs:
        town.rest(run)
        assert town.output(run, "glad") == 7


def test_the_event_and_the_runs_it_wakes_are_one_commit(town):
    town.start("listener", key="a")
    before = town.nexus.engine.committer.commits
    town.nexus.engine.watch.stop()  # nobody takes the woken run up
    town.say("a")
    assert town.nexus.engine.committer.commits == before + 1
    assert town.ask("select state, due from run where flow_id = 'listener'") == [
        (int(RunState.READY), None)
    ]
    assert len(town.ask("select event_id from listener where event_id is not null")) == 1


def test_when_the_time_runs_out_the_listening_ends_with_it(town, later):
    run = town.start("listener", key="a")
    later(2 * DAY + 1)
    town.rest(run)
    assert town.output(run, "sad") == "alone"
    assert town.output(run, "first") == {"timed_out": True, "event": None}
    assert town.ask("select count(*) from listener") == [(0,)]
    town.say("a", "too late")
    assert town.output(run, "sad") == "alone"


def test_an_early_event_is_kept_and_each_is_taken_once_in_order(town):
    run = town.start("twice", key="a")
    town.rest(run, WAITING)
    for words in ("one", "two", "three"):
        town.say("a", words)
    town.say("gate a")
    town.rest(run)
    turns = town.output(run, "each")
    assert [town.output(run, "heard", str(n))["event"]["data"] for n in (0, 1)] == ["one", "two"]
    assert turns["count"] == 2


def test_an_event_from_before_the_run_is_left_alone_unless_it_is_asked_for(town):
    town.say("a", "old")
    run = town.start("listener", key="a")
    assert town.state(run) is WAITING
    town.publish(LISTENER.replace("id: listener", "id: early").replace("2d", "2d, early: 1d"))
    early = town.start("early", key="a")
    town.rest(early)
    assert town.output(early, "glad") == "old"


def test_how_early_an_event_may_be_is_measured(town, later):
    town.publish(LISTENER.replace("id: listener", "id: early").replace("2d", "2d, early: 1d"))
    town.say("a", "old")
    later(DAY + 60)
    assert town.state(town.start("early", key="a")) is WAITING


def test_a_listening_run_survives_restarts_and_hears_afterwards(town):
    run = town.start("listener", key="a")
    for _ in range(3):
        town.restart()
        assert town.state(run) is WAITING
    town.say("a", "still there")
    town.rest(run)
    assert town.output(run, "glad") == "still there"


def test_a_run_on_an_older_version_still_hears_after_a_restart(town):
    run = town.start("listener", key="a")
    town.publish("id: listener\ntrigger: [{use: core.webhook}]\ndo: [{x: {set: 1}}]")
    town.restart()
    town.say("a", "found you")
    town.rest(run)


def test_a_cancelled_run_listens_no_more(town):
    run = town.start("listener", key="a")
    town.nexus.runs.cancel(town.owner, run)
    town.say("a", "hello")
    assert town.state(run) is RunState.CANCELLED
    assert town.ask("select count(*) from listener") == [(0,)]


def test_a_run_that_is_woken_for_nothing_listens_on_to_the_same_moment(town, later):
    run = town.start("listener", key="a")
    (due,) = town.ask("select due from run where flow_id = 'listener'")[0]
    woken = text("update run set state = 1, due = null where flow_id = 'listener'")
    with town.nexus.database.write() as connection:
        connection.execute(woken)
    later(DAY)
    town.restart()
    town.rest(run, WAITING)
    assert town.ask("select due from run where flow_id = 'listener'") == [(due,)]


def test_without_a_key_there_is_nobody_to_listen_for(town):
    run = town.start("listener")
    view = town.rest(run, RunState.FAILED)
    assert view.row.fault.code == "no_key"


def test_early_events_are_forgotten_after_thirty_days(town):
    town.say("a", "x")
    kept = town.ask("select event_id from early")
    assert len(kept) == 1
    town.nexus.engine.committer.call(prune_early(kept[0][0])).wait()
    assert town.ask("select event_id from early") == kept
    town.nexus.engine.committer.call(prune_early(kept[0][0] + 1)).wait()
    assert town.ask("select event_id from early") == []


def test_nobody_has_to_ask_for_that(town, later):
    town.say("a", "x")
    later(29 * DAY)
    town.say("b", "y")
    later(2 * DAY)
    deadline = time.monotonic() + 5
    while len(town.ask("select event_id from early")) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert len(town.ask("select event_id from early")) == 1


def test_an_event_that_no_flow_listens_for_leaves_nothing_behind(town):
    town.publish("id: plain\ntrigger: [{use: core.webhook}]\ndo: [{x: {emit: {type: a.b}}}]")
    town.start("plain")
    assert town.ask("select count(*) from early") == [(0,)]

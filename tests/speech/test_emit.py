"""What a run emits starts flows and wakes listeners, in the transaction that takes the run on."""

import pytest

from nexus.core.model.run import RunState
from nexus.core.run import loops
from nexus.core.run.trouble import Broken

HEARER = """
id: hearer
trigger: [{use: core.event, with: {type: test.said}}]
if: event.data != 'secret'
do:
  - got: {set: {words: "{{ event.data }}", to: "{{ event.subject }}"}}
"""
CIRCLE = """
id: circle
trigger: [{use: core.event, with: {type: test.round}}, {use: core.webhook}]
do:
  - again: {emit: {type: test.round, data: "{{ event.data }}"}}
"""
DONE, FAILED = RunState.DONE, RunState.FAILED


def test_every_flow_that_wants_the_event_starts_with_its_data(town):
    town.publish(HEARER)
    town.publish(HEARER.replace("id: hearer", "id: second"))
    town.say("ada", {"n": 1})
    for flow in ("hearer", "second"):
        (row,) = town.runs(flow)
        view = town.rest(f"run_{row.id}" if isinstance(row.id, str) else run_id(row))
        assert view.steps[0].output == {"words": {"n": 1}, "to": "ada"}
        assert view.event.source.startswith("run:run_")
        assert view.event.hops == 1


def run_id(row):
    from nexus.core.model import ids

    return ids.write("run", row.id)


def test_a_flow_whose_condition_does_not_hold_stays_where_it_is(town):
    town.publish(HEARER)
    town.say("ada", "secret")
    assert town.runs("hearer") == []


def test_the_run_the_event_and_the_runs_it_starts_are_one_commit(town):
    town.publish(HEARER)
    before = town.nexus.engine.committer.commits
    town.say("ada", "hi")
    assert town.nexus.engine.committer.commits == before + 1
    assert [row.state for row in town.runs("hearer")] == [DONE]


def test_a_loop_emits_each_event_once_also_in_several_writes(town):
    town.publish(HEARER)
    town.publish(
        "id: many\ntrigger: [{use: core.webhook}]\ndo:\n"
        "  - each: {for: '{{ event.data.items }}', do: "
        "[{x: {emit: {type: test.said, data: '{{ item }}'}}}]}"
    )
    run = town.start("many", items=list(range(250)))
    town.rest(run)
    said = town.ask("select data from event where type = 'test.said' order by id")
    assert [int(data) for (data,) in said] == list(range(250))
    assert town.ask("select count(*) from run where flow_id = 'hearer'") == [(250,)]


def test_f41_flows_that_start_each_other_in_a_circle_are_stopped_with_a_clear_error(town):
    town.publish(CIRCLE)
    town.start("circle")
    rows = town.runs("circle")
    assert len(rows) == loops.MAX_HOPS + 1
    newest = town.show(run_id(rows[0]))
    assert [row.state for row in rows] == [FAILED, *[DONE] * loops.MAX_HOPS]
    assert newest.row.fault.code == "event_loop"
    assert "looks like a loop" in newest.row.fault.message


def test_a_flow_that_runs_itself_is_stopped_too(town):
    town.publish("id: selfish\ntrigger: [{use: core.webhook}]\ndo: [{x: {set: 1}}]")
    town.publish("id: selfish\ntrigger: [{use: core.webhook}]\ndo: [{x: {run: selfish}}]")
    run = town.start("selfish")
    assert town.rest(run, FAILED).row.fault.code == "event_loop"
    assert {row.state for row in town.runs("selfish")} == {FAILED}


def test_a_circle_that_fans_out_is_stopped_by_its_rate(clock):
    guard = loops.LoopGuard(clock)
    for _ in range(loops.PER_MINUTE):
        guard.check("circle", 2, "x")
    guard.check("other", 2, "x")
    guard.check("circle", 1, "x")  # what a run tells that came from outside is not counted
    with pytest.raises(Broken) as broken:
        guard.check("circle", 2, "x")
    assert broken.value.fault.code == "event_flood"
    clock.advance(60)
    guard.check("circle", 2, "x")


def test_a_try_catches_what_the_guard_says(town):
    town.publish(CIRCLE.replace(
        "  - again: {emit: {type: test.round, data: \"{{ event.data }}\"}}",
        "  - safe: {try: [{again: {emit: {type: test.round}}}], "
        "catch: {on: [event_loop], do: [{end: {set: '{{ error.code }}'}}]}}",
    ))  # fmt: skip
    town.start("circle")
    assert {row.state for row in town.runs("circle")} == {DONE}

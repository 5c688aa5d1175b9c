"""A run runs another flow: input and output, failure up, cancel down, restarts between."""

import pytest

from nexus.core.model import ids
from nexus.core.model.run import RunState

CHILD = """
id: child
input: {n: {type: integer}, pause: {type: string, default: 0s}}
do:
  - pause: {wait: "{{ event.data.pause }}"}
  - check: {raise: {code: too_many, message: "No {{ event.data.n }}"}, if: event.data.n > 9}
output: {twice: "{{ event.data.n * 2 }}"}
"""
PARENT = """
id: parent
trigger: [{use: core.webhook}]
do:
  - one: {run: child, with: {n: "{{ event.data.n }}", pause: "{{ event.data.pause }}"}}
  - next_: {set: "{{ steps.one.twice + 1 }}"}
""".replace("next_", "after")
CAREFUL = """
id: careful
trigger: [{use: core.webhook}]
do:
  - safe:
      try: [{one: {run: child, with: {n: "{{ event.data.n }}"}}}]
      catch: {on: [too_many], do: [{rescue: {set: "{{ error.message }}"}}]}
"""
LOOP = """
id: loop
trigger: [{use: core.webhook}]
do:
  - each:
      for: "{{ event.data.items }}"
      do: [{one: {run: child, with: {n: "{{ item }}"}}}]
"""
DONE, FAILED, WAITING = RunState.DONE, RunState.FAILED, RunState.WAITING


@pytest.fixture(autouse=True)
def flows(town):
    for source in (CHILD, PARENT, CAREFUL, LOOP):
        town.publish(source)


def child_of(town):
    return ids.write("run", town.runs("child")[0].id)


def test_the_output_of_the_other_flow_is_the_steps_output(town):
    run = town.start("parent", n=4, pause="0s")
    town.rest(run)
    assert town.output(run, "after") == 9
    assert town.output(run, "one") == {"twice": 8}
    assert town.ask("select count(*) from listener") == [(0,)]


def test_the_parent_waits_as_long_as_it_takes_also_over_restarts(town, later):
    run = town.start("parent", n=4, pause="3d")
    town.restart()
    assert town.state(run) is WAITING
    later(3 * 86_400)
    town.rest(run)
    assert town.output(run, "after") == 9


def test_a_failure_comes_up_with_its_code_and_may_be_caught(town):
    run = town.start("parent", n=10, pause="0s")
    fault = town.rest(run, FAILED).row.fault
    assert (fault.code, fault.step) == ("too_many", "one")
    assert "No 10" in fault.message
    assert child_of(town) in fault.hint
    caught = town.start("careful", n=10)
    town.rest(caught)
    assert "No 10" in town.output(caught, "rescue")


def test_trying_the_parent_again_starts_a_new_child(town):
    run = town.start("parent", n=10, pause="0s")
    town.rest(run, FAILED)
    town.publish(CHILD.replace("> 9", "> 99"))
    town.nexus.runs.retry(town.owner, run)
    town.rest(run)
    assert town.output(run, "after") == 21
    assert len(town.runs("child")) == 2


def test_cancel_goes_down(town):
    run = town.start("parent", n=4, pause="3d")
    town.nexus.runs.cancel(town.owner, run)
    assert town.state(child_of(town)) is RunState.CANCELLED
    assert town.ask("select count(*) from listener") == [(0,)]


def test_a_cancelled_child_comes_up_as_a_failure(town):
    run = town.start("parent", n=4, pause="3d")
    town.nexus.runs.cancel(town.owner, child_of(town))
    assert town.rest(run, FAILED).row.fault.code == "cancelled"


def test_each_turn_of_a_loop_has_its_own_run(town):
    run = town.start("loop", items=[1, 2, 3])
    town.rest(run)
    assert [town.output(run, "one", str(n)) for n in range(3)] == [{"twice": n} for n in (2, 4, 6)]


def test_what_does_not_fit_the_input_fails_the_step_and_starts_nothing(town):
    run = town.start("parent", n="four", pause="0s")
    assert town.rest(run, FAILED).row.fault.code == "wrong_input"
    assert town.runs("child") == []


def test_a_flow_that_is_turned_off_is_not_started(town):
    town.nexus.flows.turn(town.owner, "child", False)
    run = town.start("parent", n=4, pause="0s")
    assert town.rest(run, FAILED).row.fault.code == "no_such_flow"


def test_a_detached_run_is_only_started(town):
    town.publish(PARENT.replace("{n: ", "{n: ").replace("}}\"}}", "}}\"}, detached: true}").replace(
        "steps.one.twice + 1", "steps.one.run"))  # fmt: skip
    run = town.start("parent", n=4, pause="3d")
    town.rest(run)
    assert town.output(run, "after") == child_of(town)
    assert town.state(child_of(town)) is WAITING

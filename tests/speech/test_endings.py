"""How runs end: flows that look after failures, deadlines, and answers to those who wait."""

import json
import time

import pytest

from nexus.core.model import ids
from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState

BROKEN = """
id: broken
trigger: [{use: core.webhook}]
key: event.data.key
do:
  - stop: {raise: {code: no_stock, message: "Nothing left"}}
"""
HANDLER = """
id: handler
trigger: [{use: core.run_failed}]
do:
  - told: {set: "{{ event.data.flow }} {{ event.data.fault.code }} {{ event.data.key }}"}
"""
SLOW = """
id: slow
deadline: 1h
trigger: [{use: core.webhook}]
do:
  - pause: {wait: 2h}
  - after: {set: 1}
"""
QUICK = """
id: quick
trigger: [{use: core.webhook, answer: 1s}]
do:
  - pause: {wait: "{{ event.data.pause }}"}
  - stop: {raise: {code: no, message: "No"}, if: event.data.stop}
output: {twice: "{{ event.data.n * 2 }}"}
"""
DONE, FAILED = RunState.DONE, RunState.FAILED


def newest(town, flow):
    rows = town.runs(flow)
    return ids.write("run", rows[0].id) if rows else None


def test_the_default_handler_starts_when_a_run_fails(town):
    town.publish(BROKEN)
    town.publish(HANDLER)
    run = town.start("broken", key="A-1")
    assert town.state(run) is FAILED
    assert town.output(newest(town, "handler"), "told") == "broken no_stock A-1"


def test_a_handler_that_names_the_flow_goes_before_the_default_one(town):
    town.publish(BROKEN)
    town.publish(HANDLER)
    named = "{use: core.run_failed, with: {flows: [broken]}}"
    town.publish(
        HANDLER.replace("id: handler", "id: named").replace("{use: core.run_failed}", named)
    )
    town.start("broken", key="A-1")
    assert newest(town, "handler") is None
    assert town.output(newest(town, "named"), "told") == "broken no_stock A-1"


def test_the_flows_own_handler_goes_before_all_others(town):
    town.publish(HANDLER)
    town.publish("id: own\ndo: [{told: {set: '{{ event.data.fault.message }}'}}]")
    town.publish(BROKEN.replace("id: broken", "id: broken\non_error: own"))
    town.start("broken", key="A-1")
    assert newest(town, "handler") is None
    assert town.output(newest(town, "own"), "told") == "Nothing left"


def test_a_handler_that_fails_starts_no_handler(town):
    town.publish(BROKEN)
    town.publish(
        HANDLER.replace("told: {set:", "told: {raise: {code: oh, message:").rstrip()[:-1] + "}}"
    )
    town.start("broken", key="A-1")
    assert [row.state for row in town.runs("handler")] == [FAILED]


def test_a_failure_that_nobody_looks_after_leaves_no_event(town):
    town.publish(BROKEN)
    town.start("broken", key="A-1")
    assert town.ask("select count(*) from event where type = 'core.run.failed'") == [(0,)]


def test_a_run_that_is_not_over_by_its_deadline_fails(town, later):
    town.publish(SLOW)
    run = town.start("slow")
    later(3601)
    view = town.rest(run, FAILED)
    assert (view.row.fault.code, view.row.fault.step) == ("deadline", "pause")
    assert [one.id for one in view.steps] == ["pause"]


def test_a_person_gives_it_the_time_anew(town, later):
    town.publish(SLOW.replace("2h", "{until: '{{ event.data.until }}'}"))
    until = town.clock.now() // 1_000_000 + 7000
    run = town.start("slow", until=until)
    later(3601)
    town.rest(run, FAILED)
    town.nexus.runs.retry(town.owner, run)
    later(3500)
    town.rest(run)


def test_the_deadline_takes_the_runs_below_with_it(town, later):
    town.publish("id: sleepy\ndo: [{x: {wait: 9d}}]")
    town.publish(SLOW.replace("{wait: 2h}", "{run: sleepy}"))
    run = town.start("slow")
    later(3601)
    town.rest(run, FAILED)
    assert town.state(newest(town, "sleepy")) is RunState.CANCELLED
    assert town.ask("select count(*) from listener") == [(0,)]


@pytest.fixture
def deliver(town):
    town.publish(QUICK)
    (hook,) = town.nexus.flows.show(town.owner, "quick").hooks

    def deliver(**data):
        body, headers = json.dumps(data).encode(), {"content-type": "application/json"}
        return town.nexus.inbox.receive(hook.path.removeprefix("/hooks/"), headers, body)

    return deliver


def test_a_sender_gets_the_flows_output(town, deliver):
    assert town.nexus.inbox.answer(deliver(n=4, pause="0s", stop=False)) == {"twice": 8}


def test_a_sender_waits_for_a_run_that_takes_a_moment(town, deliver, later):
    receipt = deliver(n=4, pause="1h", stop=False)
    later(3600)
    assert town.nexus.inbox.answer(receipt) == {"twice": 8}


def test_a_run_that_takes_too_long_is_answered_without_its_output(town, deliver):
    receipt = deliver(n=4, pause="1h", stop=False)
    begun = time.monotonic()
    assert town.nexus.inbox.answer(receipt) is None
    assert time.monotonic() - begun >= 1


def test_a_run_that_failed_is_no_answer(town, deliver):
    with pytest.raises(Refused) as refused:
        town.nexus.inbox.answer(deliver(n=4, pause="0s", stop=True))
    assert refused.value.problems[0].status == 500
    assert "No" not in refused.value.problems[0].detail


def test_an_output_that_cannot_be_computed_fails_the_run(town):
    town.publish(QUICK)
    run = town.start("quick", n={}, pause="0s", stop=False)
    assert town.rest(run, FAILED).row.fault.code == "expression"

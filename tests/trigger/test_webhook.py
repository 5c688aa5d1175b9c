"""A webhook is accepted durably, once, and starts the flows that want it."""

import json
import threading
import time

import pytest

from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.core.people.policy import Policy

JSON = {"content-type": "application/json"}
PURE = """
id: greet
name: Greet
trigger: [{use: core.webhook}]
key: event.data.name
do:
  - hello: {set: {text: "Hello {{ event.data.name }}"}}
"""


def deliver(nexus, key, data, **headers):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return nexus.inbox.receive(key, JSON | headers, body)


def test_a_delivery_starts_a_run_that_shows_what_happened(nexus, publish, rest):
    receipt = deliver(nexus, publish(PURE), {"name": "Ada"})
    assert not receipt.repeat
    view = rest(receipt.run_ids[0])
    assert view.row.state is RunState.DONE
    assert view.row.key == "Ada"
    assert view.steps[0].output == {"text": "Hello Ada"}


def test_a_repeat_answers_with_the_first_ids(nexus, publish):
    key = publish(PURE)
    first = deliver(nexus, key, {"name": "Ada"}, **{"idempotency-key": "k1"})
    again = deliver(nexus, key, {"name": "Eve"}, **{"idempotency-key": "k1"})
    assert again.repeat
    assert (again.event_id, again.run_ids) == (first.event_id, first.run_ids)


def test_the_same_delivery_many_times_at_once_starts_one_run(nexus, publish, owner):
    key, receipts = publish(PURE), []

    def send():
        receipts.append(deliver(nexus, key, {"name": "Ada"}, **{"idempotency-key": "k"}))

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.run_ids for receipt in receipts}) == 1
    assert sum(not receipt.repeat for receipt in receipts) == 1
    assert len(nexus.runs.list(owner).rows) == 1


def test_two_flows_may_listen_at_one_address(nexus, publish):
    publish(PURE)
    other = PURE.replace("id: greet", "id: other").replace(
        "core.webhook}", "core.webhook, hook: greet}"
    )
    key = publish(other)
    receipt = deliver(nexus, key, {"name": "Ada"})
    assert len(receipt.run_ids) == 2


def test_a_condition_decides_whether_a_flow_starts(nexus, publish):
    key = publish(PURE + "if: event.data.amount > 100\n")
    assert deliver(nexus, key, {"name": "a", "amount": 5}).run_ids == ()
    assert len(deliver(nexus, key, {"name": "a", "amount": 500}).run_ids) == 1
    assert deliver(nexus, key, {"name": "no amount"}).run_ids == ()


def test_a_flow_that_is_off_hears_nothing_and_on_again_it_does(nexus, publish, owner):
    key = publish(PURE)
    nexus.flows.turn(owner, "greet", False)
    with pytest.raises(Refused) as refused:
        deliver(nexus, key, {"name": "Ada"})
    assert refused.value.status == 404
    nexus.flows.turn(owner, "greet", True)
    assert deliver(nexus, key, {"name": "Ada"}).run_ids


SIGNED = """
id: signed
name: Signed
trigger: [{use: core.webhook_token}]
do:
  - ok: {set: {x: 1}}
"""


def test_a_flow_whose_sender_signs_is_not_published_without_its_secret(nexus, owner):
    nexus.flows.save(owner, SIGNED)
    with pytest.raises(Refused) as refused:
        nexus.flows.publish(owner, "signed")
    problem = refused.value.problems[0]
    assert problem.code == "secret_missing"
    assert "nexus hook secret signed" in problem.hint


def test_a_wrong_secret_is_refused_and_keeps_nothing(nexus, publish, owner):
    key = publish(SIGNED, "correct horse battery")
    with pytest.raises(Refused) as refused:
        deliver(nexus, key, {}, **{"x-nexus-token": "wrong"})
    assert refused.value.status == 401
    assert nexus.runs.list(owner).rows == []
    assert deliver(nexus, key, {}, **{"x-nexus-token": "correct horse battery"}).run_ids


def test_an_unknown_address_says_that_nobody_listens(nexus):
    with pytest.raises(Refused) as refused:
        deliver(nexus, "nobody", {})
    assert refused.value.status == 404


def test_a_run_ends_on_the_version_it_began_with(nexus, publish, owner, rest):
    slow = PURE.replace("do:\n", "do:\n  - pause: {wait: 1s}\n")
    receipt = deliver(nexus, publish(slow), {"name": "Ada"})
    nexus.flows.save(owner, PURE.replace("hello:", "goodbye:"))
    nexus.flows.publish(owner, "greet")
    view = rest(receipt.run_ids[0])
    assert view.row.version == 1
    assert [step.id for step in view.steps] == ["pause", "hello"]


def test_a_cancelled_run_stays_cancelled(nexus, publish, owner):
    receipt = deliver(nexus, publish(PURE.replace("do:\n", "do:\n  - pause: {wait: 1d}\n")), {})
    assert nexus.runs.cancel(owner, receipt.run_ids[0]).state is RunState.CANCELLED
    with pytest.raises(Refused) as refused:
        nexus.runs.cancel(owner, receipt.run_ids[0])
    assert refused.value.status == 409


def test_a_failed_run_goes_on_from_its_step_when_a_person_retries(
    nexus, publish, owner, rest, http_sink
):
    port = http_sink.url.rpartition(":")[2]
    values = {"base_url": http_sink.url}
    nexus.connections.set(owner, "sink", "http", values, [f"127.0.0.1:{port}"])
    http_sink.answers.append((422, b"{}"))
    source = """
id: post
name: Post
trigger: [{use: core.webhook}]
do:
  - before: {set: {n: "{{ event.data.n + 1 }}"}}
  - send: {call: http.post, connection: sink, with: {url: /x, body: {n: "{{ steps.before.n }}"}}}
"""
    receipt = deliver(nexus, publish(source), {"n": 1})
    assert rest(receipt.run_ids[0]).row.state is RunState.FAILED
    nexus.runs.retry(owner, receipt.run_ids[0])
    assert rest(receipt.run_ids[0]).row.state is RunState.DONE
    first, second = http_sink.requests
    assert first.json == second.json == {"n": 2}
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


def test_the_run_page_says_which_data_a_condition_did_not_find(nexus, publish, rest):
    source = PURE + "  - big: {if: event.data.amount > 100, set: {yes: true}}\n"
    receipt = deliver(nexus, publish(source), {"name": "Ada"})
    big = rest(receipt.run_ids[0]).steps[1]
    assert big.state == "skipped"
    assert big.missing == ("event.data.amount",)


def test_an_address_is_shown_only_to_who_may_see_it(nexus, publish, owner):
    publish(PURE)
    viewer = Policy().actor(id="v", name="Vic", roles=("viewer",), via="page")
    assert nexus.flows.show(owner, "greet").hooks
    assert nexus.flows.show(viewer, "greet").hooks == ()


def test_publishing_what_is_live_already_makes_no_new_version(nexus, publish, owner):
    publish(PURE)
    assert nexus.flows.publish(owner, "greet").number == 1
    nexus.flows.save(owner, PURE.replace("Hello", "Good day"))
    assert nexus.flows.publish(owner, "greet").number == 2


def test_a_step_that_a_person_tried_again_began_then(nexus, publish, owner, rest):
    source = PURE + '  - stop: {raise: {code: no, message: "no"}}\n'
    receipt = deliver(nexus, publish(source), {"name": "Ada"})
    first = rest(receipt.run_ids[0]).steps[1]
    time.sleep(0.3)
    nexus.runs.retry(owner, receipt.run_ids[0])
    time.sleep(0.1)
    again = rest(receipt.run_ids[0]).steps[1]
    assert again.started > first.ended
    assert again.ended - again.started < 200_000


def test_a_wait_that_was_cancelled_says_so(nexus, publish, owner):
    receipt = deliver(nexus, publish(PURE.replace("do:\n", "do:\n  - pause: {wait: 1d}\n")), {})
    nexus.runs.cancel(owner, receipt.run_ids[0])
    assert nexus.runs.show(owner, receipt.run_ids[0]).steps[0].state == "cancelled"

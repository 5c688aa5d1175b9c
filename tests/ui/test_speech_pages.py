"""Steps that wait, hear and speak, as pages show them; the answer that a sender gets."""

import re

import pytest

CHILD = """
id: child
name: Add the tax
input: {cents: {type: integer}}
deadline: 2d
do: [{pause: {wait: {for: "{{ event.data.cents }}s"}}}]
output: {gross: "{{ event.data.cents * 2 }}"}
"""
FLOW = """
id: chase
name: Chase an invoice
trigger: [{use: core.webhook}]
key: event.data.invoice
do:
  - told: {emit: {type: billing.invoice.sent, subject: "{{ event.data.invoice }}"}}
  - sum: {run: child, with: {cents: 0}}
  - paid:
      listen: {event: billing.invoice.paid, for: 3d}
      do: [{thanks: {set: 1}}]
      timed_out: [{reminder: {set: 2}}]
"""
QUICK = """
id: quick
trigger: [{use: core.webhook, answer: 5s}]
do: [{sum: {set: "{{ event.data.n * 2 }}"}}]
output: {twice: "{{ steps.sum }}"}
"""


@pytest.fixture
def run(nexus, owner):
    for source in (CHILD, FLOW):
        nexus.flows.publish(owner, nexus.flows.save(owner, source).id)
    (run_id,) = nexus.inbox.send(owner, "chase", {"invoice": "I-7"}).run_ids
    while nexus.runs.show(owner, run_id).steps[2].state != "waiting":
        nexus.pulse.wait(0, -1, 0.01)
    return run_id


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_picture_names_what_is_heard_told_and_run_and_both_ways(browser, run):
    shown = text_of(browser.get("/flows/chase").text)
    for words in (
        "billing.invoice.sent",
        "billing.invoice.paid",
        "Child",
        "When it comes",
        "When the time is over",
    ):
        assert words in shown


def test_a_flow_shows_what_it_takes_and_gives(browser, run):
    shown = text_of(browser.get("/flows/child").text)
    assert "Takes cents" in shown
    assert "Gives gross" in shown
    assert "Is over within 2 d" in shown


def test_a_listening_run_says_for_what_and_until_when(browser, run):
    shown = text_of(browser.get(f"/runs/{run}?step=paid").text)
    assert "Listens until the event comes, or gives up on" in shown
    assert "I-7" in shown


def test_two_runs_lead_to_each_other(browser, run, nexus, owner):
    page = browser.get(f"/runs/{run}?step=sum").text
    child = nexus.runs.list(owner, flow_id="child").rows[0]
    assert "It runs Child." in text_of(page)
    (link,) = set(re.findall(r"/runs/(run_[0-9a-z]+)\"[^>]*>(?:<svg.*?</svg>)?See that run", page))
    assert nexus.runs.show(owner, link).row.id == child.id
    assert f"/runs/{run}" in browser.get(f"/runs/{link}?step=event").text


def test_a_sender_gets_the_flows_own_result(nexus, owner, visitor):
    nexus.flows.publish(owner, nexus.flows.save(owner, QUICK).id)
    (hook,) = nexus.flows.show(owner, "quick").hooks
    answer = visitor.post(hook.path, json={"n": 4})
    assert (answer.status_code, answer.json) == (200, {"twice": 8})
    broken = visitor.post(hook.path, json={"n": "x"})
    assert broken.status_code == 500
    assert broken.json["code"] == "run_failed"

"""What a person sees before a run is taken back, and what comes of it."""

import pytest

from nexus.core.flow.compile import compile_plan
from nexus.core.flow.read import read
from nexus.core.flow.uses import effects_in
from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus
from nexus.core.people.policy import Policy

MAIL = "call: email.send, connection: box, with: {to: a@example.com, subject: Hi, text: Hi}"
SORRY = "{call: email.send, with: {to: a@example.com, subject: Sorry, text: Sorry}}"
FLOW = f"""\
id: orders
trigger: [{{use: core.webhook}}]
do:
  - booked: {{title: Book it, {MAIL}, undo: {SORRY}}}
  - told: {{title: Tell them, {MAIL}}}
"""
WAITS = FLOW.replace("orders", "waits") + "  - pause: {wait: 3d}\n"


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("undo"))
    opened.start()
    values = {"transport": "folder", "folder": str(opened.folder / "out"), "from": "a@b.example"}
    opened.connections.set(opened.people.console(), "box", "email", values)
    yield opened
    opened.close()


def sent(nexus, owner, source, *states):
    flow = nexus.flows.save(owner, source)
    nexus.flows.publish(owner, flow.id)
    (run_id,) = nexus.inbox.send(owner, flow.id, {}).run_ids
    return run_id, until(nexus, owner, run_id, *states)


def until(nexus, owner, run_id, *states):
    for _ in range(200):
        row = nexus.runs.wait(owner, run_id, 0.1)
        if row.state.word in states:
            return row
    raise AssertionError(row)


def test_the_preview_says_in_plain_words_what_can_be_taken_back(nexus, owner):
    run_id, _ = sent(nexus, owner, FLOW, "done")
    told, booked = nexus.runs.preview_undo(owner, run_id)
    assert (told.title, told.can) == ("Tell them", False)
    assert told.says == "It was sent, and what was sent cannot be taken back."
    assert (booked.title, booked.can) == ("Book it", True)
    assert booked.says == "It will be taken back: Send."


def test_a_finished_run_is_undone_once(nexus, owner):
    run_id, _ = sent(nexus, owner, FLOW, "done")
    nexus.runs.undo(owner, run_id)
    row = until(nexus, owner, run_id, "undone")
    assert row.fault is None
    steps = {step.id: step for step in nexus.runs.show(owner, run_id).steps}
    assert steps["undo:booked"].state == "done"
    assert steps["undo:booked"].input["subject"] == "Sorry"
    assert nexus.runs.preview_undo(owner, run_id)[1].says.startswith("It was taken back already")
    with pytest.raises(Refused) as caught:
        nexus.runs.undo(owner, run_id)
    assert caught.value.status == 409
    with pytest.raises(Refused):
        nexus.runs.retry(owner, run_id)


def test_a_waiting_run_is_undone_and_waits_no_longer(nexus, owner):
    run_id, _ = sent(nexus, owner, WAITS, "waiting")
    nexus.runs.undo(owner, run_id)
    assert until(nexus, owner, run_id, "undone").due is None


def test_a_cancelled_run_can_be_undone(nexus, owner):
    run_id, _ = sent(nexus, owner, WAITS, "waiting")
    nexus.runs.cancel(owner, run_id)
    nexus.runs.undo(owner, run_id)
    assert until(nexus, owner, run_id, "undone")


def test_a_run_that_did_nothing_has_nothing_to_take_back(nexus, owner):
    source = "id: idle\ntrigger: [{use: core.webhook}]\ndo: [{a: {set: 1}}]\n"
    run_id, _ = sent(nexus, owner, source, "done")
    with pytest.raises(Refused, match="Nothing that this run did"):
        nexus.runs.undo(owner, run_id)


def test_a_viewer_sees_the_preview_and_may_not_undo(nexus, owner):
    run_id, _ = sent(nexus, owner, FLOW, "done")
    viewer = Policy().actor(id="v", name="V", roles=("viewer",), via="page")
    assert nexus.runs.preview_undo(viewer, run_id)
    with pytest.raises(Refused):
        nexus.runs.undo(viewer, run_id)


def test_a_version_has_the_effects_of_its_undos_as_well(nexus, owner):
    source = FLOW.replace(SORRY, '{call: http.delete, with: {url: "https://a.example/1"}}')
    plan = compile_plan(read(source), nexus.catalog, settings={}, version=0)
    assert effects_in(plan) == {"notify", "destructive"}

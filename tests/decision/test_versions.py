"""Decision tables are kept, and a version of a flow takes its own along."""

import pytest

from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus

TABLE = """\
id: tier
inputs: {n: {type: integer}}
outputs: {path: {type: string}}
rules: [{when: {n: "> 3"}, then: {path: high}}]
else: {path: low}
"""
FLOW = """\
id: sorts
trigger: [{use: core.webhook}]
do:
  - tier: {decide: tier, with: {n: "{{ event.data.n }}"}}
  - told: {set: "{{ steps.tier.path }}"}
"""


@pytest.fixture
def nexus(store):
    opened = open_nexus(store.folder)
    opened.start()
    yield opened
    opened.close()


def run(nexus, owner, data):
    (run_id,) = nexus.inbox.send(owner, "sorts", data).run_ids
    row = nexus.runs.wait(owner, run_id, 10)
    steps = {step.id: step for step in nexus.runs.show(owner, run_id).steps}
    return row, steps


def test_a_flow_decides_and_the_run_shows_what_it_was_given(nexus, owner):
    nexus.decisions.save(owner, TABLE)
    nexus.flows.save(owner, FLOW)
    nexus.flows.publish(owner, "sorts")
    row, steps = run(nexus, owner, {"n": 5})
    assert row.state.word == "done"
    assert (steps["tier"].input, steps["tier"].output) == ({"n": 5}, {"path": "high"})
    assert run(nexus, owner, {})[1]["told"].output == "low"
    row, _ = run(nexus, owner, {"n": "many"})
    assert (row.state.word, row.fault.code, row.step) == ("failed", "bad_input", "tier")


def test_a_version_keeps_its_table_until_the_next_publish(nexus, owner):
    nexus.decisions.save(owner, TABLE)
    nexus.flows.save(owner, FLOW)
    first = nexus.flows.publish(owner, "sorts")
    nexus.decisions.save(owner, TABLE.replace("> 3", "> 9"))
    assert run(nexus, owner, {"n": 5})[1]["told"].output == "high"
    shown = nexus.flows.show(owner, "sorts", version=1).flow
    assert shown.tables["tier"].rules[0].when == {"n": "> 3"}
    second = nexus.flows.publish(owner, "sorts")
    assert (first.number, second.number) == (1, 2) and first.hash != second.hash
    assert run(nexus, owner, {"n": 5})[1]["told"].output == "low"
    assert nexus.flows.publish(owner, "sorts").number == 2, "nothing changed since"


def test_a_table_that_is_missing_or_misused_is_named(nexus, owner):
    def said(flow):
        return " ".join(map(str, nexus.flows.validate(owner, flow, "f.yaml")))

    assert "f.yaml:4:20: There is no decision table `tier`." in said(FLOW)
    assert "nexus decision import FILE" in said(FLOW)
    nexus.decisions.save(owner, TABLE)
    assert said(FLOW) == ""
    assert "Did you mean `tier`?" in said(FLOW.replace("decide: tier", "decide: teir"))
    assert "`n` is missing" in said(FLOW.replace('{n: "{{ event.data.n }}"}', "{}"))
    assert "There is no field `pth`" in said(FLOW.replace("tier.path", "tier.pth"))
    assert "number is expected" in said(FLOW.replace('"{{ event.data.n }}"', '"{{ event.id }}"'))


def test_a_wrong_table_is_not_kept(nexus, owner):
    with pytest.raises(Refused, match=r"bad\.yaml:4:21"):
        nexus.decisions.save(owner, TABLE.replace("> 3", "> x"), "bad.yaml")
    assert nexus.decisions.list(owner) == []
    with pytest.raises(Refused) as caught:
        nexus.decisions.show(owner, "tier")
    assert caught.value.status == 404


def test_lists_tell_what_a_table_is(nexus, owner):
    nexus.decisions.save(owner, TABLE)
    (row,) = nexus.decisions.list(owner)
    assert (row.id, row.hit, row.inputs, row.outputs, row.rules) == (
        "tier", "unique", ("n",), ("path",), 1
    )  # fmt: skip
    assert nexus.decisions.show(owner, "tier").source == TABLE

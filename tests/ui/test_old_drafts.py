"""A draft that a later release no longer reads: its page says why, and no list stumbles on it."""

from sqlalchemy import event

from nexus.core.doctor import examine
from nexus.core.model.deed import Deed
from nexus.core.store import flows as store

OLD = "id: order\ntrigger: [{use: core.webhook}]\ndo:\n  - gone: {conjure: 1}\n"


def aged():
    return Deed(at=1, actor="owner", via="cli", action="flow.save", object="flow:order")


def test_a_draft_that_is_no_longer_read_is_shown_with_its_problems(nexus, owner, flows, browser):
    store.change_flow(nexus.database, "order", aged(), draft=OLD)
    assert [row.id for row in nexus.flows.list(owner)] == [row.id for row in flows]
    view = nexus.flows.show(owner, "order")
    assert (view.flow, view.source, view.hooks) == (None, OLD, ())
    assert view.problems[0].line == 4
    assert browser.get("/flows").status_code == 200
    for tab in ("", "?tab=picture&step=gone", "?tab=versions", "?tab=runs"):
        assert browser.get(f"/flows/order{tab}").status_code == 200
    page = browser.get("/flows/order").text
    assert "conjure" in page
    assert view.problems[0].title.replace("`", "") in page.replace("`", "")
    assert "line 4" in page


def test_an_earlier_version_of_such_a_flow_is_still_drawn(nexus, owner, flows, browser):
    store.change_flow(nexus.database, "order", aged(), draft=OLD)
    assert nexus.flows.show(owner, "order", version=1).flow.id == "order"
    assert 'id="stop-' in browser.get("/flows/order?version=1").text


def test_the_doctor_names_such_a_flow(nexus, owner, flows):
    store.change_flow(nexus.database, "order", aged(), draft=OLD)
    said = [finding.says for finding in examine(nexus, owner) if finding.attention]
    assert any("The flow order has a problem" in says for says in said)


def test_a_list_asks_the_database_no_more_for_more_flows(nexus, owner, flows):
    asked = []
    event.listen(nexus.database.engine, "before_cursor_execute", lambda *all_: asked.append(all_))
    nexus.flows.list(owner)
    few = len(asked)
    for number in range(5):
        nexus.flows.save(owner, OLD.replace("order", f"new{number}").replace("conjure", "set"))
    asked.clear()
    rows = nexus.flows.list(owner)
    assert len(rows) == len(flows) + 5
    assert len(asked) == few
    assert {(row.starts, row.steps) for row in rows if row.id.startswith("new")} == {("Webhook", 1)}

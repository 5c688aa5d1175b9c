"""What people see of tables, remedies and undos on the pages, and machines by the API."""

import re

import pytest

from nexus.core.nexus import open_nexus
from nexus.ui import picture
from nexus.ui.web import create_web

TABLE = """\
id: tier
name: Which tier
inputs: {n: {type: integer, title: How often}}
outputs: {path: {type: string}}
rules:
  - {when: {n: "> 3"}, then: {path: high}, note: They were warned.}
  - {when: {n: [1, "2..3"]}, then: {path: "{{ string(n) }}"}}
else: {path: low}
"""
MAIL = "call: email.send, connection: box, with: {to: a@example.com, subject: Hi, text: Hi}"
FLOW = f"""\
id: rescue
trigger: [{{use: core.webhook}}]
do:
  - tier: {{title: How risky, decide: tier, with: {{n: "{{{{ event.data.n }}}}"}}}}
  - mail: {{title: Warn, {MAIL}, undo: {{{MAIL}}}, on_error: continue}}
  - odd:
      title: Look
      raise: {{code: no, message: "No."}}
      on_error: {{route: [{{note: {{title: Note it, set: 1}}}}]}}
"""


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("pages"))
    opened.start()
    owner = opened.people.console()
    values = {"transport": "folder", "folder": str(opened.folder / "out"), "from": "a@b.example"}
    opened.connections.set(owner, "box", "email", values)
    opened.decisions.save(owner, TABLE)
    opened.flows.save(owner, FLOW)
    opened.flows.publish(owner, "rescue")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def run_id(nexus):
    owner = nexus.people.console()
    (run_id,) = nexus.inbox.send(owner, "rescue", {"n": 2}).run_ids
    assert nexus.runs.wait(owner, run_id, 10).state.word == "done"
    return run_id


@pytest.fixture
def browser(nexus):
    client = create_web(nexus, secret_key="k" * 40).test_client()
    client.post("/sign-in", data={"token": nexus.people.link()})
    return client


def test_a_table_opens_on_the_flow_page_and_marks_the_rule_that_matched(browser, run_id):
    page = browser.get(f"/flows/rescue?step=tier&run={run_id}").text
    assert 'data-opens="decision"' in page and "They were warned." in page
    (row,) = re.findall(r'<tr class="hit">(.*?)</tr>', page, re.DOTALL)
    assert re.findall(r"<td[^>]*>([^<]*)", row)[0] == "1 or 2..3"
    assert "How often" in page and "when no rule matches" in page


def test_the_picture_tells_what_a_failure_does_and_what_can_be_taken_back(nexus, run_id):
    owner = nexus.people.console()
    flow, run = nexus.flows.show(owner, "rescue").flow, nexus.runs.show(owner, run_id)
    _, mail, odd = picture.draw(flow, nexus.catalog, run).stops
    assert [words for _, words in mail.marks] == ["if it fails, go on", "undo: Send"]
    ways = [(way.name, way.taken) for way in odd.ways]
    assert ways == [("It works", False), ("If it fails", True)]
    assert odd.seen.state == "handled"


def test_a_run_is_undone_on_its_page_after_a_preview(nexus, browser):
    owner = nexus.people.console()
    (run_id,) = nexus.inbox.send(owner, "rescue", {"n": 9}).run_ids
    nexus.runs.wait(owner, run_id, 10)
    page = browser.get(f"/runs/{run_id}").text
    assert "Undo this run" in page and "It will be taken back: Send." in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    answer = browser.post(f"/runs/{run_id}/undo", data={"csrf_token": token})
    assert answer.status_code == 303
    for _ in range(100):
        if nexus.runs.wait(owner, run_id, 0.1).state.word == "undone":
            break
    page = browser.get(f"/runs/{run_id}").text
    assert "Undone" in page and "Undo: Warn" in page and "Undo this run" not in page
    assert "taken back" in browser.get(f"/flows/rescue?run={run_id}").text

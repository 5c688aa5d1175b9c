"""What to do next is said for whoever asked: a page names no command that it can replace."""

import pytest


@pytest.mark.parametrize(
    ("path", "title"), [("/flows/nowhere", "no flow nowhere"), ("/runs/run_0", "no run")]
)
def test_a_page_names_no_command_for_what_it_shows_itself(browser, path, title):
    page = browser.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert title in page.text
    assert "nexus " not in page.text
    assert 'href="/flows"' in page.text


def test_the_toast_of_a_refused_publish_tells_the_way_on_the_page(
    browser, token, nexus, owner, flows
):
    nexus.flows.save(owner, "id: signed\ntrigger: [{use: github.push}]\ndo: [{a: {set: 1}}]\n")
    sent = {"HX-Request": "true", "X-CSRFToken": token}
    told = browser.post("/flows/signed/publish", headers=sent)
    assert told.status_code == 409
    assert "Enter it on the flow&#39;s page." in told.text
    assert "nexus hook" not in told.text


def test_a_script_and_a_terminal_still_hear_the_command(nexus, browser):
    answer = browser.get("/flows/nowhere", headers={"Accept": "application/json"})
    assert answer.json["hint"] == "See `nexus flow list`."


def test_a_page_keeps_the_command_that_nothing_else_replaces(visitor):
    page = visitor.post("/sign-in", data={"token": "used"}, headers={"Accept": "text/html"})
    assert "nexus sign-in-link" in page.text

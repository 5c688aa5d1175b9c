"""The connection pages: forms from the module's schema, secrets that only go in."""

import json

import pytest

CANARY = "canary-0123456789"


def keep(browser, token, name="", **fields):
    form = {"csrf_token": token} | fields
    return browser.post(f"/settings/connections{name}", data=form)


NEW = {"module": "http", "kind": "api", "alias": "bank", "f-base_url": "https://b.example"}


def test_a_form_shows_every_field_of_the_kind_with_its_help(browser):
    page = browser.get("/settings/connections/new?module=email&kind=smtp").text
    for words in (
        "Server",
        "Port",
        "587",
        "Encryption",
        'type="password"',
        "Like smtp.example.com",
    ):
        assert words in page


def test_a_new_connection_is_kept_and_its_secret_never_comes_back(browser, token, nexus, owner):
    answer = keep(browser, token, **NEW, **{"f-secret": f"Bearer {CANARY}", "label": "The bank"})
    assert (answer.status_code, answer.location) == (303, "/settings/connections/bank")
    page = browser.get("/settings/connections/bank").text
    assert CANARY not in page
    assert "Ends in 6789" in page
    assert "The bank" in browser.get("/settings/connections").text


def test_a_secret_left_empty_stays(browser, token, nexus, owner, shop):
    keep(browser, token, "/shop", **{"f-base_url": "https://a.example", "f-header": "X-Key"})
    row = nexus.connections.show(owner, "shop")
    assert row.values["header"] == "X-Key"
    assert [one.field for one in row.secrets] == ["secret"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"f-base_url": "nowhere"}, "not a web address"),
        ({"f-base_url": ""}, "needs a value for"),
        ({"alias": "a b"}, "cannot be a connection&#39;s name"),
        ({"allow": "everything"}, "neither a network"),
        ({"expires": "soon"}, "not a date"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(browser, token, fields, words):
    answer = keep(browser, token, **NEW | {"f-secret": CANARY} | fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert CANARY not in answer.text


def test_another_address_asks_for_the_secret_at_its_field(browser, token, shop):
    answer = keep(browser, token, "/shop", **{"f-base_url": "https://evil.example"})
    assert answer.status_code == 422
    assert "entered again" in answer.text


def test_a_test_shows_its_outcome_in_place(browser, token, shop):
    answer = browser.post(
        "/settings/connections/shop/test",
        headers={"HX-Request": "true", "X-CSRFToken": token},
    )
    assert answer.text.lstrip().startswith("<section")
    assert "Broken" in answer.text


def test_a_waiting_run_leads_to_the_connection_it_needs(browser, token, nexus, owner):
    nexus.flows.save(
        owner,
        "id: pay\nname: Pay\ntrigger: [{use: core.webhook}]\n"
        "do: [{ask: {call: http.get, connection: bank, with: {url: /x}}}]\n",
    )
    nexus.flows.publish(owner, "pay")
    nexus.flows.turn(owner, "pay", True)
    run = nexus.inbox.send(owner, "pay", {}).run_ids[0]
    while nexus.runs.wait(owner, run, 0.05).state.word != "waiting":
        pass
    page = browser.get(f"/runs/{run}").text
    assert "Waiting for the connection bank" in page
    mend = "/settings/connections/mend/bank"
    assert mend in page
    assert browser.get(mend).location == "/settings/connections/new?alias=bank"
    assert "alias=bank" in browser.get("/settings/connections/new?alias=bank").text


def test_it_is_turned_off_and_removed(browser, token, nexus, owner, shop):
    browser.post("/settings/connections/shop/turn", data={"csrf_token": token, "on": "0"})
    assert nexus.connections.show(owner, "shop").enabled is False
    browser.post("/settings/connections/shop/remove", data={"csrf_token": token})
    assert nexus.connections.list(owner) == []


def test_the_providers_answer_counts_only_with_a_state_of_this_session(browser):
    answer = browser.get("/connections/oauth/callback?state=guess&code=x")
    assert answer.status_code == 400


def test_no_page_lets_a_secret_out_that_somebody_put_into_an_address(browser, shop):
    answer = browser.get(f"/runs?state={CANARY}", headers={"Accept": "text/html"})
    assert CANARY not in answer.text


def test_a_flow_whose_connection_is_unset_says_so_with_a_link(browser, nexus, owner):
    step = {"call": "http.get", "connection": "nowhere", "with": {"url": "/x"}}
    flow = {"id": "lost", "name": "Lost", "trigger": [{"use": "core.webhook"}], "do": [{"a": step}]}
    nexus.flows.save(owner, json.dumps(flow))
    page = browser.get("/flows/lost").text
    assert "The connection nowhere is not set up yet." in page
    assert 'href="/settings/connections/mend/nowhere"' in page
    to = browser.get("/settings/connections/mend/nowhere")
    assert to.location == "/settings/connections/new?alias=nowhere"


def test_a_mail_server_without_a_server_is_refused_beside_its_field(browser, token):
    form = {"module": "email", "kind": "smtp", "alias": "mail", "f-from": "a@example.com"}
    answer = keep(browser, token, **form, **{"f-transport": "smtp"})
    assert answer.status_code == 422
    assert 'id="f-host-wrong"' in answer.text

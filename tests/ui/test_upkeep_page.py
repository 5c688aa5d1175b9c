"""The page of upkeep, and the hold that every page says."""

REASON = "We move to another machine."


def test_the_page_shows_findings_backups_and_what_is_kept(browser, token, nexus, owner, flows):
    page = browser.get("/settings/upkeep").text
    assert "How it is doing" in page
    assert "None yet." in page
    headers = {"X-CSRFToken": token}
    assert browser.post("/settings/upkeep/backups", headers=headers).status_code == 303
    (row,) = nexus.upkeep.backups.list(owner)
    assert row.name in browser.get("/settings/upkeep").text
    answer = browser.get(f"/settings/upkeep/backups/{row.name}")
    assert answer.data[:2] == b"PK"
    assert row.name in answer.headers["Content-Disposition"]
    answer.close()
    assert browser.get("/settings/upkeep/backups/none.nexus").status_code == 404


def test_what_is_kept_is_changed_by_forms(browser, token, nexus, owner, flows):
    headers = {"X-CSRFToken": token}
    send = browser.post
    assert send("/settings/upkeep/kept", data={"days": "30", "budget": "500"}, headers=headers)
    data = {"days": "7", "flow": "order"}
    assert send("/settings/upkeep/kept", data=data, headers=headers).status_code == 303
    row = nexus.upkeep.retention.show(owner)
    assert (row.days, row.budget, row.flows) == (30, 500_000_000, {"order": 7})
    wrong = send("/settings/upkeep/kept", data={"days": "many"}, headers=headers)
    assert wrong.status_code == 422
    assert send("/settings/upkeep/sweep", headers=headers).status_code == 303


def test_every_page_says_that_it_is_on_hold_until_an_owner_releases_it(
    browser, visitor, token, nexus, flows
):
    headers = {"X-CSRFToken": token}
    browser.post("/settings/upkeep/hold", data={"reason": REASON}, headers=headers)
    for page in ("/flows", "/flows/order", "/runs", "/modules", "/settings/people"):
        assert REASON in browser.get(page).text, page
    said = visitor.get("/sign-in").text
    assert "on hold" in said
    assert REASON not in said
    key = nexus.hooks.list(nexus.people.console())[0].path
    answer = visitor.post(key, json={})
    assert (answer.status_code, answer.json["code"]) == (503, "on_hold")
    assert answer.headers["Retry-After"]
    browser.post("/settings/upkeep/release", headers=headers)
    assert REASON not in browser.get("/flows").text
    assert visitor.post(key, json={}).status_code in (202, 401)

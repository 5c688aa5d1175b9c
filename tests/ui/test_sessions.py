"""Signing in by link, the session in the store, and what another site can not do."""

import re

import pytest


def test_opening_a_link_does_not_use_it_up(visitor, nexus):
    link = nexus.people.link()
    for _ in range(3):
        assert "Welcome to Nexus" in visitor.get(f"/sign-in?token={link}").text
    assert visitor.post("/sign-in", data={"token": link}).status_code == 303
    assert visitor.get("/flows").status_code == 200


def test_a_link_works_once_and_says_how_to_get_another(visitor, nexus):
    link = nexus.people.link()
    visitor.post("/sign-in", data={"token": link})
    again = visitor.post("/sign-in", data={"token": link}, headers={"Accept": "text/html"})
    assert again.status_code == 410
    assert "nexus sign-in-link" in again.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor, nexus):
    answer = visitor.post("/sign-in", data={"token": nexus.people.link()})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("nexus=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_behind_tls_the_cookie_is_bound_to_the_host(visitor, nexus):
    answer = visitor.post(
        "/sign-in", data={"token": nexus.people.link()}, base_url="https://nexus.example"
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-nexus=") and "Secure" in cookie and "Path=/" in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_copied_cookie_is_worth_nothing_after_signing_out(web, browser, token):
    thief = web.test_client()
    thief.set_cookie("nexus", browser.get_cookie("nexus").value)
    assert thief.get("/flows").status_code == 200
    assert browser.post("/sign-out", headers={"X-CSRFToken": token}).status_code == 303
    assert thief.get("/flows").status_code == 401


def test_signing_in_again_ends_the_session_before(web, browser, nexus):
    before = browser.get_cookie("nexus").value
    browser.post("/sign-in", data={"token": nexus.people.link()})
    assert browser.get_cookie("nexus").value != before
    assert nexus.people.actor_for_session(before) is None


def test_a_write_needs_the_token_of_this_session(browser, token, flows):
    without = browser.post("/flows/order/turn", data={"on": "0"}, headers={"Accept": "text/html"})
    assert without.status_code == 400
    assert "Reload" in without.text
    with_it = browser.post("/flows/order/turn", data={"on": "0"}, headers={"X-CSRFToken": token})
    assert with_it.status_code == 303


def test_another_site_can_not_write_even_with_the_token(browser, token, flows):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = browser.post(
            "/flows/order/turn", data={"on": "0"}, headers={"X-CSRFToken": token} | headers
        )
        assert answer.status_code == 403
    assert browser.get("/flows/order").text.count("On, live version 1") == 1


def test_another_site_can_not_sign_a_person_in(visitor, nexus):
    answer = visitor.post(
        "/sign-in", data={"token": nexus.people.link()}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/\n/x"]
)
def test_confirming_leads_nowhere_else(browser, token, nexus, place):
    word = "purple kettle sings loud"
    nexus.account.set_password(nexus.people.console(), "", word, "")
    secret = nexus.people.begin("owner")
    browser.set_cookie("nexus", secret)
    page = browser.get("/settings/account").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    form = {"password": word, "next": place, "csrf_token": token}
    answer = browser.post("/confirm", data=form)
    assert (answer.status_code, answer.location) == (303, "/")


def test_confirming_and_leaving_need_the_token_of_the_session(browser):
    for path in ("/confirm", "/sign-out", "/settings/account/password"):
        assert browser.post(path, headers={"Accept": "text/html"}).status_code == 400

"""Terms on the people page, and a person who is led to their second factor before all else."""

import base64
import re

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

WORD = "purple kettle sings loud"
HTML = {"Accept": "text/html"}


def digits(nexus, secret):
    app = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    return app.generate(nexus.clock.now() // 1_000_000).decode()


def form_token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


@pytest.fixture
def ada(nexus, owner, visitor):
    """An admin's browser, of whom a second factor is demanded."""
    token = nexus.invitations.invite(owner, "ada@example.com", ["admin"]).token
    nexus.invitations.accept(token, "Ada", WORD)
    nexus.terms.set(owner, 120, 720, ["admin"])
    form = {"email": "ada@example.com", "password": WORD}
    assert visitor.post("/sign-in/password", data=form).status_code == 303
    return visitor


def test_an_owner_sets_the_terms_on_the_people_page(browser, nexus, owner, token):
    page = browser.get("/settings/people").text
    assert 'name="idle"' in page and 'value="120"' in page
    form = {"idle": "30", "longest": "600", "role": ["owner", "admin"], "csrf_token": token}
    assert browser.post("/settings/people/terms", data=form).status_code == 303
    row = nexus.terms.show(owner)
    assert (row.idle_minutes, row.longest_minutes) == (30, 600)
    assert row.second_factor == ("admin", "owner")
    wrong = browser.post("/settings/people/terms", data=form | {"idle": "x"}, headers=HTML)
    assert wrong.status_code == 422 and "5 to 10080 minutes" in wrong.text


def test_an_admin_reads_the_terms_and_has_no_form(ada, nexus, owner):
    nexus.terms.set(owner, 45, 720, [])
    row = next(row for row in nexus.members.list(owner) if row.name == "Ada")
    ada.set_cookie("nexus", nexus.people.begin(row.id, how="password"))
    page = ada.get("/settings/people").text
    assert "after 45 minutes without use" in page and 'name="idle"' not in page


@pytest.mark.parametrize("path", ["/flows", "/runs", "/settings/people", "/settings/tokens"])
def test_whoever_owes_a_second_factor_is_led_to_it(ada, path):
    answer = ada.get(path, headers=HTML)
    assert (answer.status_code, answer.location) == (303, "/settings/account")
    page = ada.get("/settings/account").text
    assert "Your role needs a second factor" in page
    assert "New password" not in page and "Where I am signed in" not in page


def test_writing_is_refused_meanwhile(ada, nexus, flows):
    token = form_token(ada.get("/settings/account").text)
    form = {"csrf_token": token, "on": "0", "name": "Eve", "email": "eve@example.com"}
    for path in ("/flows/order/turn", "/settings/tokens", "/settings/account"):
        assert ada.post(path, data=form, headers=HTML).status_code == 403, path
    assert nexus.tokens.list(nexus.people.console()) == []


def test_setting_a_code_app_up_shows_recovery_codes_once_and_opens_everything(ada, nexus):
    page = ada.get("/settings/account/code").text
    secret = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)[1]
    form = {"csrf_token": form_token(page), "secret": secret, "code": digits(nexus, secret)}
    shown = ada.post("/settings/account/code", data=form).text
    codes = re.findall(r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){3}\b", shown)
    assert len(codes) == 10
    assert ada.get("/flows").status_code == 200
    again = ada.get("/settings/account").text
    assert "10 of your recovery codes are left" in again
    assert codes[0] not in again
    ticket = nexus.account.sign_in("ada@example.com", WORD, "").ticket
    form = {"ticket": ticket, "code": codes[0]}
    assert ada.post("/sign-in/code", data=form).status_code == 303
    assert "9 of your recovery codes are left" in ada.get("/settings/account").text


def test_new_codes_are_made_on_ones_own_page(ada, nexus):
    token = form_token(ada.get("/settings/account").text)
    answer = ada.post("/settings/account/recovery", data={"csrf_token": token}, headers=HTML)
    assert answer.status_code == 409 and "none is set up" in answer.text


def test_the_way_out_stays_open(ada):
    token = form_token(ada.get("/settings/account").text)
    assert ada.post("/sign-out", data={"csrf_token": token}).status_code == 303

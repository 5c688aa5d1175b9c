"""Attacks that others have fallen to; each fails here because of one guard, and the last tests
take guards away to show that it was the guard."""

import re
import sqlite3

import pytest
from flask import request

from nexus.app import create_app
from nexus.core.people.policy import Policy
from nexus.ui import door
from nexus.ui.headers import HEADERS
from nexus.ui.sign_in import WITHOUT_SESSION

EVIL = "https://evil.example/"
OUTSIDE = re.compile(r"https?:|//|\\|/\\")


@pytest.fixture
def web(nexus):
    return create_app(nexus)


def token_of(page):
    return re.search(r'X-CSRFToken": "([^"]+)', page).group(1)


def addresses(web, finished):
    """Every address of the application with something real in its blanks."""
    values = {"flow_id": "order", "run_id": finished, "filename": "app.css", "kind": "csv"}
    values |= {"key": "none", "module_id": "http", "alias": "none", "name": "order"}
    for rule in web.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            known = {name: values.get(name, "none") for name in rule.arguments}
            yield method, rule.build(known)[1], rule.endpoint


@pytest.fixture
def bearer(nexus, owner):
    return {"Authorization": f"Bearer {nexus.tokens.make(owner, 'test')[1]}"}


def ask(browser, method, path, bearer, **more):
    """Ask once and let go of the answer, which may be a stream that never ends."""
    headers = {"Accept": "text/html"} | (bearer if path.startswith("/api/") else {})
    answer = browser.open(path, method=method, headers=headers | more.pop("headers", {}), **more)
    answer.close()
    return answer


# Headers, on every answer


def test_every_route_answers_with_every_header_whoever_asks(web, browser, finished, bearer):
    stranger = web.test_client()
    for method, path, endpoint in addresses(web, finished):
        for client, badge in ((browser, bearer), (stranger, {})):
            headers = ask(client, method, path, badge).headers
            missing = {name for name, value in HEADERS.items() if headers.get(name) != value}
            assert missing == set(), (method, path)
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert "Cache-Control" in headers, endpoint


def test_a_taken_delivery_carries_every_header_too(web, browser, nexus, owner, flows):
    path = next(row.path for row in nexus.hooks.list(owner) if row.name == "order")
    answer = browser.post(path, json={"id": "A-1", "amount": 1, "items": []})
    assert answer.status_code == 202
    assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)


def test_errors_of_every_kind_carry_every_header(browser, web, monkeypatch, flows):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("nexus.ui.flows.grouped", broken)
    asked = [("GET", "/flows"), ("GET", "/nowhere"), ("PUT", "/flows"), ("POST", "/runs/x/retry")]
    for method, path in [*asked, ("TRACE", "/flows"), ("OPTIONS", "/flows")]:
        answer = browser.open(path, method=method)
        assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS), path


def test_no_page_may_be_framed(browser):
    headers = browser.get("/sign-in").headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_only_our_own_templates_are_html(web, browser, finished, bearer):
    for method, path, endpoint in addresses(web, finished):
        if method == "GET":
            answer = ask(browser, method, path, bearer)
            ours = endpoint.partition(".")[0] not in ("api", "hooks", "static")
            if "html" in answer.mimetype and answer.status_code == 200:
                assert ours, path


def test_debug_stays_off_whatever_the_environment_says(nexus, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    made = create_app(nexus)
    assert (made.debug, made.testing) == (False, False)
    assert made.config["PROPAGATE_EXCEPTIONS"] in (None, False)


# What asking may do


def test_asking_never_writes(web, browser, nexus, finished, bearer):
    before = dump(nexus)
    for method, path, _ in addresses(web, finished):
        if method == "GET":
            for query in ("", "?token=x&check=1&q=a&on=1&delete=1"):
                ask(browser, method, path + (query if "/api/" not in path else ""), bearer)
    assert dump(nexus) == before


def dump(nexus):
    database = sqlite3.connect(nexus.folder / "nexus.db")
    lines = [*database.iterdump()]
    database.close()
    return [line for line in lines if not re.match(r'INSERT INTO "(worker|session|token)"', line)]


def test_no_address_sends_anybody_elsewhere(web, browser, finished, bearer):
    for name in ("next", "url", "return_to", "redirect", "continue", "r"):
        for method, path, _ in addresses(web, finished):
            answer = ask(
                browser, method, f"{path}?{name}={EVIL}", bearer, headers={"Referer": EVIL}
            )
            for header in ("Location", "HX-Redirect", "HX-Location"):
                assert not OUTSIDE.match(answer.headers.get(header, "")), (method, path)


def test_a_redirect_never_repeats_the_host_that_was_asked_for(visitor):
    for path in ("/", "/flows", "//evil.example/..", "/flows/"):
        answer = visitor.get(path, headers={"Host": "evil.example", "Accept": "text/html"})
        assert not OUTSIDE.match(answer.headers.get("Location", "")), path


# Sessions and tokens


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(web, nexus):
    victim = web.test_client()
    victim.set_cookie("nexus", "planted-by-somebody-else")
    victim.post("/sign-in", data={"token": nexus.people.link()})
    assert victim.get_cookie("nexus").value != "planted-by-somebody-else"
    thief = web.test_client()
    thief.set_cookie("nexus", "planted-by-somebody-else")
    assert thief.get("/flows").status_code == 401


def test_signing_in_again_begins_a_session_with_a_new_secret(browser, nexus):
    before = browser.get_cookie("nexus").value
    browser.post("/sign-in", data={"token": nexus.people.link()})
    assert browser.get_cookie("nexus").value != before


def test_a_used_link_a_used_cookie_and_another_sessions_token_are_worth_nothing(
    web, browser, nexus, flows
):
    link = nexus.people.link()
    other = web.test_client()
    assert other.post("/sign-in", data={"token": link}).status_code == 303
    assert web.test_client().post("/sign-in", data={"token": link}).status_code == 410
    theirs = token_of(other.get("/flows").text)
    answer = browser.post("/flows/order/turn", data={"on": "0"}, headers={"X-CSRFToken": theirs})
    assert answer.status_code == 400


def test_only_hashes_of_what_signs_somebody_in_are_kept(browser, nexus, owner):
    secrets = [
        browser.get_cookie("nexus").value,
        nexus.people.link(),
        nexus.tokens.make(owner, "t")[1],
    ]
    kept = "".join(dump(nexus)) + (nexus.folder / "nexus.db-wal").read_bytes().decode("latin-1")
    assert [secret for secret in secrets if secret in kept] == []


# What is written


UNKNOWN = {"role": "owner", "owner": "mallory", "id": "other", "enabled": True, "live": 1}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tokens", {"name": "t"}),
        ("POST", "/invitations", {"email": "a@example.com", "roles": ["viewer"]}),
        ("PUT", "/people/owner/roles", {"roles": ["viewer"]}),
        ("PUT", "/people/owner/rights", {"resource": "flow", "verb": "read"}),
        ("PUT", "/terms", {"idle_minutes": 9, "longest_minutes": 60, "second_factor": []}),
        ("POST", "/flows/order/publish", {"note": "n"}),
        ("POST", "/flows/order/turn", {"on": True}),
        ("PUT", "/hooks/order/secret", {"secret": "s"}),
        ("PUT", "/connections/c", {"module": "http", "values": {"base_url": "https://a.example"}}),
    ],
)
def test_members_that_nobody_asked_for_are_refused(method, path, body, browser, flows, bearer):
    for name, value in UNKNOWN.items():
        answer = browser.open(
            f"/api/v1{path}", method=method, json=body | {name: value}, headers=bearer
        )
        assert (answer.status_code, answer.json["code"]) == (422, "bad_body"), name


@pytest.mark.parametrize(
    "path",
    ["/flows/none", "/runs/run_0000000000000", "/runs/0", "/flows/none/export", "/modules/none"],
)
def test_what_is_not_yours_or_not_there_is_not_found(path, browser, bearer, flows):
    assert browser.get(f"/api/v1{path}", headers=bearer).status_code == 404
    assert browser.get(path.replace("/export", "")).status_code in (404,)


def test_another_site_writes_nowhere(web, browser, nexus, finished):
    """Every unsafe route of the pages: without the token, and with it from another site."""
    token = token_of(browser.get("/flows").text)
    before = dump(nexus)
    for method, path, endpoint in addresses(web, finished):
        if method != "GET" and endpoint.partition(".")[0] not in ("api", "hooks"):
            data = {"on": "0", "hook": "order", "data": "{}", "secret": "x", "token": "x"}
            if web.view_functions[endpoint] not in WITHOUT_SESSION:  # nobody has signed in there
                assert browser.open(path, method=method, data=data).status_code == 400, path
            crossed = {"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"}
            answer = browser.open(path, method=method, data=data, headers=crossed)
            assert answer.status_code == 403, path
    assert dump(nexus) == before


def test_a_cookie_opens_no_api_so_another_site_has_nothing_to_ride_on(web, browser, finished):
    for method, path, _ in addresses(web, finished):
        if path.startswith("/api/"):
            assert browser.open(path, method=method, json={}).status_code == 401, path


# The guards taken away: the attack works, so the tests above see the guard


def test_without_the_check_of_the_sender_another_site_could_write(browser, flows, monkeypatch):
    token = token_of(browser.get("/flows").text)
    monkeypatch.setattr(door, "from_here", lambda: True)
    crossed = {"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"}
    assert browser.post("/flows/order/turn", data={"on": "0"}, headers=crossed).status_code == 303


def test_without_the_token_any_form_could_write(web, browser, flows):
    web.config["WTF_CSRF_ENABLED"] = False
    assert browser.post("/flows/order/turn", data={"on": "0"}).status_code == 303


def test_without_a_fresh_secret_a_planted_session_would_sign_in(web, nexus, monkeypatch):
    def planted(self, secret):
        self.secret = self.secret or secret

    victim = web.test_client()
    victim.set_cookie("nexus", "planted")
    monkeypatch.setattr(door.Kept, "begin", planted)
    victim.post("/sign-in", data={"token": nexus.people.link()})
    assert victim.get_cookie("nexus").value == "planted"


def test_without_the_headers_a_page_could_be_framed(web, browser):
    web.after_request_funcs[None] = []
    assert "X-Frame-Options" not in browser.get("/sign-in").headers


def test_without_the_policy_a_viewer_could_write(web, nexus, browser, flows, monkeypatch):
    viewer = Policy().actor(id="v", name="V", roles=("viewer",), via="page")
    monkeypatch.setattr(type(nexus.people), "actor_for_session", lambda self, secret: viewer)
    token = token_of(browser.get("/flows").text)
    sending = {"headers": {"X-CSRFToken": token}, "data": {"on": "0"}}
    assert browser.post("/flows/order/turn", **sending).status_code == 403
    monkeypatch.setattr("nexus.core.flow.flows.allow", lambda actor, resource, verb: None)
    assert browser.post("/flows/order/turn", **sending).status_code == 303


def test_without_the_doorman_guessing_would_go_on(nexus, monkeypatch):
    from nexus.ui.doors import Doors
    from nexus.ui.limits import Limits

    rates = {"hooks": "1/minute", "api": "1/minute", "sign-in": "1/minute"}
    client = create_app(nexus, Doors(rates=rates)).test_client()
    guess = lambda: client.post("/sign-in", data={"token": "x"}).status_code  # noqa: E731
    assert [guess(), guess()] == [410, 429]
    monkeypatch.setattr(Limits, "check", lambda self, environ: None)
    assert guess() == 410


def test_a_redirect_of_a_careless_page_would_be_seen(web, browser, finished, bearer):
    web.view_functions["modules.index"] = careless
    with pytest.raises(AssertionError):
        test_no_address_sends_anybody_elsewhere(web, browser, finished, bearer)


def careless():
    return "", 302, {"Location": request.args.get("next", "/")}


def test_a_page_that_writes_when_asked_would_be_seen(web, browser, nexus, finished, bearer):
    web.view_functions["modules.index"] = nexus.people.link
    with pytest.raises(AssertionError):
        test_asking_never_writes(web, browser, nexus, finished, bearer)

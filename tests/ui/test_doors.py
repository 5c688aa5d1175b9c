"""Every address of the pages, who may use it, and what a stranger gets: nothing."""

import pytest

from nexus.core.model.actor import Actor

ANYONE = {"static", "web.healthz", "sign_in.show", "sign_in.use"}
MACHINES = {"hooks.receive"}  # the core checks the address and the signature
ROLES = ("viewer", "operator", "builder", "admin", "owner")

# endpoint: the roles that core's policy lets in once somebody has signed in
WHO = {
    "web.home": ROLES,
    "sign_in.leave": ROLES,
    "flows.index": ROLES,
    "flows.show": ROLES,
    "flows.turn": ("builder", "admin", "owner"),
    "flows.publish": ("builder", "admin", "owner"),
    "flows.secret": ("admin", "owner"),
    "flows.test": ("operator", "builder", "admin", "owner"),
    "runs.index": ROLES,
    "runs.show": ROLES,
    "runs.retry": ("operator", "builder", "admin", "owner"),
    "runs.cancel": ("operator", "builder", "admin", "owner"),
    "live.follow": ROLES,
    "modules.index": ROLES,
    "settings.index": ROLES,
    "connections.index": ("builder", "admin", "owner"),
    "connections.new": ("builder", "admin", "owner"),
    "connections.show": ("builder", "admin", "owner"),
    "connections.mend": ("builder", "admin", "owner"),
    "connections.create": ("admin", "owner"),
    "connections.save": ("admin", "owner"),
    "connections.test": ("admin", "owner"),
    "connections.turn": ("admin", "owner"),
    "connections.connect": ("admin", "owner"),
    "connections.callback": ("admin", "owner"),
    "connections.remove": ("admin", "owner"),
    "audit.index": ("admin", "owner"),
    "audit.export": ("admin", "owner"),
}
FORM = {"module": "http", "kind": "api", "alias": "shop", "f-base_url": "https://a.example"}
FORM |= {"on": "0", "hook": "order", "data": "{}", "secret": "s3cret"}


def rules(web):
    for rule in web.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method, rule


def address(rule, run_id="run_0000000000000"):
    values = {"flow_id": "order", "run_id": run_id, "key": "none", "filename": "app.css"}
    values |= {"name": "shop", "alias": "shop", "kind": "csv"}
    return rule.rule and rule.build({name: values[name] for name in rule.arguments})[1]


def test_every_address_is_listed_with_who_may_use_it(web):
    assert {endpoint for endpoint, _, _ in rules(web)} == ANYONE | MACHINES | WHO.keys()


def test_nothing_answers_without_signing_in(web, visitor, flows):
    for endpoint, method, rule in rules(web):
        if endpoint in WHO:
            answer = visitor.open(
                address(rule), method=method, data=FORM if method == "POST" else None
            )
            assert answer.status_code in (303, 401), endpoint
            assert "Greet an order" not in answer.text


def test_a_page_sends_a_stranger_to_the_sign_in_page(visitor):
    answer = visitor.get("/flows", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_a_part_of_a_page_and_a_script_get_a_plain_401(visitor):
    part = visitor.get("/flows", headers={"HX-Request": "true"})
    script = visitor.get("/flows", headers={"Accept": "application/json"})
    assert (part.status_code, part.headers["HX-Redirect"], part.text) == (401, "/sign-in", "")
    assert script.status_code == 401
    assert script.mimetype == "application/problem+json"


def test_unknown_addresses_tell_a_stranger_nothing(visitor):
    assert visitor.get("/secret-plans").json == visitor.get("/flows").json


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_exactly_where_the_policy_says(
    role, web, nexus, browser, token, finished, shop, monkeypatch
):
    actor = Actor(id="p", name="Pat", role=role, via="page")
    monkeypatch.setattr(type(nexus.people), "actor_for_session", lambda self, secret: actor)
    for endpoint, method, rule in rules(web):
        if endpoint in WHO and endpoint != "sign_in.leave":
            answer = browser.open(
                address(rule, finished),
                method=method,
                data=FORM if method == "POST" else None,
                headers={"X-CSRFToken": token, "Accept": "text/html"},
            )
            assert (answer.status_code != 403) == (role in WHO[endpoint]), (role, endpoint)
            assert answer.status_code < 500

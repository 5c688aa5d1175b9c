"""Single sign-on against a real OpenID provider: Authlib and msal, groups, and forged answers."""

import importlib.util
import re
import time
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from nexus.core.http.session import GuardedSession
from nexus.core.model.problem import Refused
from nexus.core.sdk import Trouble
from nexus.core.store import people as store

SPEC = importlib.util.spec_from_file_location("provider", Path(__file__).with_name("provider.py"))
PROVIDER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PROVIDER)
GROUPS = {"money": "finance", "makers": "builder"}


@pytest.fixture
def provider(request, tmp_path, monkeypatch):
    """The provider; for msal with a certificate, which this test alone trusts."""
    file = ""
    if "entra" in request.node.name:
        file = str(tmp_path / "provider.pem")
        Path(file).write_bytes(PROVIDER.certificate())
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", file)
    made = PROVIDER.Provider(file)
    made.thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(params=["oidc", "entra"])
def kind(request):
    return request.param


@pytest.fixture
def keep(nexus, provider):
    def set_up(kind="oidc", groups=GROUPS, allow=("127.0.0.0/8",)):
        wish = {"id": "firm", "title": "Firm", "kind": kind, "issuer": provider.issuer}
        wish |= {"client_id": PROVIDER.CLIENT, "groups": groups, "allow": [*allow]}
        return nexus.sso.set(nexus.people.console(), wish, PROVIDER.SECRET)

    return set_up


@pytest.fixture
def come(app, provider):
    """Go to the provider and come back; returns the answer and the browser."""

    def go(change=lambda path: path, browser=None):
        client = browser or app.test_client()
        away = client.get("/sign-in/with/firm")
        assert away.status_code == 303, away.text
        back = change(provider.visit(away.location))
        return client.get(back, headers={"Accept": "application/json"}), client

    return go


def subject(provider, name: str, **claims) -> str:
    """Let the provider speak of somebody new."""
    provider.claims = {"sub": f"{name}-{time.time_ns()}", "name": name, **claims}
    return provider.claims["sub"]


def test_a_group_stands_for_a_role(nexus, provider, keep, come, kind):
    keep(kind)
    email = f"una-{kind}@example.com"
    who = subject(provider, "Una", email=email, groups=["money", "others"])
    answer, browser = come()
    assert answer.status_code == 303, answer.text
    row = store.find_by_email(nexus.database, email)
    assert store.roles_of(nexus.database, row.id) == ("finance",)
    assert "Una" in browser.get("/settings/account").text
    assert store.find_identity(nexus.database, provider.issuer, who) == row.id


def test_roles_follow_the_groups_at_the_next_sign_in(nexus, provider, keep, come):
    keep()
    who = subject(provider, "Max", groups=["money"])
    come()
    provider.claims["groups"] = ["makers"]
    come()
    person = store.find_identity(nexus.database, provider.issuer, who)
    assert store.roles_of(nexus.database, person) == ("builder",)
    provider.claims["groups"] = []
    assert come()[0].status_code == 403


def test_nobody_without_a_group_gets_an_account(provider, keep, come, kind):
    keep(kind)
    subject(provider, "Zoe", groups=["elsewhere"])
    answer, _ = come()
    assert (answer.status_code, answer.json["code"]) == (403, "no_account")


def test_a_known_address_counts_only_when_it_was_verified(nexus, provider, keep, come):
    keep(groups={})
    row = {"id": "p-vera", "name": "Vera", "email": "vera@example.com", "created": 1}
    store.add_person(nexus.database, row, ["viewer"])
    subject(provider, "Fake", email="vera@example.com")
    assert come()[0].json["code"] == "unverified_address"
    subject(provider, "Vera", email="vera@example.com", email_verified=True)
    assert come()[0].status_code == 303


def test_a_disabled_person_does_not_come_in_this_way(nexus, provider, keep, come, kind):
    keep(kind)
    who = subject(provider, "Dan", groups=["money"])
    come()
    person = store.find_identity(nexus.database, provider.issuer, who)
    nexus.members.disable(nexus.people.console(), person)
    assert come()[0].status_code == 403


@pytest.mark.parametrize(
    "spoil",
    [
        {"aud": "somebody-else"},
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"exp": 1},
        {"azp": "somebody-else"},
    ],
    ids=str,
)
def test_a_token_that_was_not_made_for_us_is_refused(provider, keep, come, spoil):
    keep()
    subject(provider, "Eve", groups=["money"])
    provider.spoil = spoil
    answer, _ = come()
    assert (answer.status_code, answer.json["code"]) == (401, "provider_refused")


def test_a_token_with_another_signature_is_refused(provider, keep, come):
    keep()
    subject(provider, "Eve", groups=["money"])
    provider.signing = RSAKey.generate_key(2048, {"kid": "1"})
    assert come()[0].json["code"] == "provider_refused"


def test_an_answer_belongs_to_the_browser_that_asked_and_counts_once(
    app, provider, keep, come, kind
):
    keep(kind)
    subject(provider, "Una", groups=["money"])
    seen = []
    answer, browser = come(lambda path: seen.append(path) or path)
    assert answer.status_code == 303
    for client in (browser, app.test_client()):
        again = client.get(seen[0], headers={"Accept": "application/json"})
        assert (again.status_code, again.json["code"]) == (401, "not_begun")
    forged, _ = come(lambda path: re.sub("state=[^&]+", "state=forged", path))
    assert forged.status_code == 401


def test_the_secret_is_sealed_and_asked_again_when_the_issuer_changes(nexus, provider, keep):
    kept = keep()
    assert PROVIDER.SECRET not in kept.sealed
    owner = nexus.people.console()
    same = {"id": "firm", "title": "New", "kind": "oidc", "issuer": provider.issuer}
    assert nexus.sso.set(owner, same | {"client_id": "x"}, "").sealed == kept.sealed
    moved = same | {"client_id": "x", "issuer": "https://evil.example"}
    with pytest.raises(Refused, match="secret is needed"):
        nexus.sso.set(owner, moved, "")


def test_a_provider_in_a_network_that_nobody_opened_is_not_called(app, provider, keep, kind):
    keep(kind, allow=())
    answer = app.test_client().get("/sign-in/with/firm", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (401, "provider_refused")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254"]
)
def test_the_guarded_session_stops_every_spelling(host):
    with pytest.raises(Trouble):
        GuardedSession().get(f"http://{host}/")


def test_the_guarded_session_looks_a_name_up_once(provider):
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    session = GuardedSession(["127.0.0.0/8"], resolve=lambda host: next(answers))
    port = provider.server.server_port
    assert session.get(f"http://idp.example:{port}/keys").json()["keys"]

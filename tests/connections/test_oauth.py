"""OAuth 2: consent with PKCE, renewal by one at a time, rotation kept; against a real provider."""

import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.ui.deeds import sentence

BACK = "http://127.0.0.1:8000/connections/oauth/callback"
SESSION = "a-session"


@pytest.fixture
def connect(nexus, owner, provider):
    """Set an OAuth connection to the provider."""

    def make(grant: str = "authorization_code", **more):
        port = provider.url.rpartition(":")[2]
        values = {
            "base_url": provider.url,
            "grant": grant,
            "authorize_url": f"{provider.url}/authorize",
            "token_url": f"{provider.url}/token",
            "client_id": "nexus",
            "client_secret": "the-client-secret-1",
        }
        from nexus.core.host.connections import About

        allow = [f"127.0.0.1:{port}"]
        about = About(kind="oauth")
        return nexus.connections.set(owner, "shop", "http", values | more, allow, about)

    return make


@pytest.fixture
def consented(nexus, owner, provider, connect):
    """Let a person consent."""
    connect()
    url = nexus.connections.connect(owner, "shop", SESSION, BACK)
    return nexus.connections.connected(owner, SESSION, provider.consent(url), BACK)


def forget_access(nexus, provider):
    provider.access.clear()


def test_a_person_consents_and_the_connection_works(consented, provider, start, until):
    assert (consented.health, consented.consent) == ("ok", True)
    (asked,) = provider.asked
    assert asked["grant_type"] == "authorization_code"
    until(start(), RunState.DONE)


def test_who_consented_stands_in_the_audit_log(nexus, owner, consented):
    row = nexus.audit.list(owner).rows[0]
    assert (row.action, row.object, row.actor) == (
        "connection.connect",
        "connection:shop",
        owner.id,
    )
    assert "?" not in sentence(row)
    assert nexus.audit.verify(owner).fine


def test_a_consent_that_was_denied_leaves_no_row(nexus, owner, provider, connect):
    connect()
    before = nexus.audit.list(owner).rows[0].seq
    url = nexus.connections.connect(owner, "shop", SESSION, BACK)
    answer = {"state": provider.consent(url)["state"], "error": "access_denied"}
    with pytest.raises(Refused):
        nexus.connections.connected(owner, SESSION, answer, BACK)
    assert nexus.audit.list(owner).rows[0].seq == before


def test_without_consent_runs_wait_and_go_on_after_it(
    nexus, owner, provider, connect, start, until
):
    connect()
    run = start()
    assert "Nobody has connected it" in until(run, RunState.WAITING).fault.message
    url = nexus.connections.connect(owner, "shop", SESSION, BACK)
    nexus.connections.connected(owner, SESSION, provider.consent(url), BACK)
    until(run, RunState.DONE)


def test_an_answer_counts_for_the_session_that_asked_and_once(nexus, owner, provider, connect):
    connect()
    url = nexus.connections.connect(owner, "shop", SESSION, BACK)
    answer = provider.consent(url)
    for session, given in (
        ("another-session", answer),
        (SESSION, answer | {"state": "guessed"}),
    ):
        with pytest.raises(Refused, match="belongs to no consent"):
            nexus.connections.connected(owner, session, given, BACK)
    assert provider.asked == []
    with pytest.raises(Refused, match="belongs to no consent"):  # the wrong session used it up
        nexus.connections.connected(owner, SESSION, answer, BACK)

    answer = provider.consent(nexus.connections.connect(owner, "shop", SESSION, BACK))
    nexus.connections.connected(owner, SESSION, answer, BACK)
    with pytest.raises(Refused, match="belongs to no consent"):
        nexus.connections.connected(owner, SESSION, answer, BACK)


def test_a_stolen_code_is_worth_nothing_without_its_verifier(nexus, owner, provider, connect):
    connect()
    stolen = provider.consent(nexus.connections.connect(owner, "shop", "victim", BACK))["code"]
    mine = provider.consent(nexus.connections.connect(owner, "shop", SESSION, BACK))
    with pytest.raises(Refused, match="invalid_grant"):
        nexus.connections.connected(owner, SESSION, mine | {"code": stolen}, BACK)


def test_a_person_who_says_no_is_told(nexus, owner, connect):
    connect()
    url = nexus.connections.connect(owner, "shop", SESSION, BACK)
    state = parse_qs(urlsplit(url).query)["state"][0]
    with pytest.raises(Refused, match="access_denied"):
        nexus.connections.connected(
            owner, SESSION, {"state": state, "error": "access_denied"}, BACK
        )


def test_client_credentials_need_nobody(nexus, owner, provider, connect, start, until):
    connect("client_credentials")
    until(start(), RunState.DONE)
    until(start(), RunState.DONE)
    assert [asked["grant_type"] for asked in provider.asked] == ["client_credentials"]


def test_many_runs_at_once_renew_a_token_only_once(nexus, provider, consented, start, until):
    """A second renewal would use a refresh token that the first has used up."""
    provider.lives = 1  # every token is over at once
    consented_at = len(provider.asked)
    keeping = nexus.connections.checkup._keeping
    row = keeping.find("shop")
    with nexus.database.write() as writer:
        from sqlalchemy import update

        from nexus.core.store.tables import secret

        writer.execute(update(secret).where(secret.c.field == "oauth.access").values(expires=1))
    provider.lives, provider.delay = 3600, 0.2
    runs = [start() for _ in range(8)]
    for run in runs:
        until(run, RunState.DONE)
    assert row is not None
    assert [one["grant_type"] for one in provider.asked[consented_at:]] == ["refresh_token"]
    assert len(provider.refresh) == 1


def test_two_processes_do_not_renew_the_same_token(nexus, provider, consented):
    """The right to renew is a row's lease, so a lock of one process is not what guards it."""
    import asyncio

    from nexus.core.host.connections.tokens import Tokens

    keeping = nexus.connections.checkup._keeping
    id_, before = keeping.find("shop").id, len(provider.asked)
    provider.delay = 0.2
    found = []

    def renew():
        found.append(asyncio.run(Tokens(keeping).access(id_, force=True)))

    threads = [threading.Thread(target=renew) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(found)) == 1
    assert len(provider.asked) == before + 1


def test_a_token_that_the_provider_took_back_is_renewed_at_once(
    nexus, provider, consented, start, until
):
    provider.access.clear()
    until(start(), RunState.DONE)
    assert provider.asked[-1]["grant_type"] == "refresh_token"


def test_a_withdrawn_consent_parks_the_run_until_somebody_connects_again(
    nexus, owner, provider, consented, start, until
):
    provider.access.clear()
    provider.refresh.clear()
    run = start()
    row = until(run, RunState.WAITING)
    assert (row.fault.code, "invalid_grant" in row.fault.message) == ("connection_broken", True)
    answer = provider.consent(nexus.connections.connect(owner, "shop", SESSION, BACK))
    nexus.connections.connected(owner, SESSION, answer, BACK)
    until(run, RunState.DONE)


def test_a_provider_that_is_away_is_asked_again_and_keeps_its_consent(
    nexus, provider, consented, start, until
):
    provider.access.clear()
    provider.down = True
    run = start()
    row = until(run, RunState.WAITING)
    assert row.awaits == ""
    provider.down = False
    until(run, RunState.DONE, seconds=20)


def test_another_client_forgets_the_tokens_of_the_first(nexus, owner, provider, consented, connect):
    row = connect(client_id="another")
    assert row.health == "untested"
    assert nexus.connections.test(owner, "shop").health == "unconnected"


def test_tokens_are_never_shown(nexus, owner, provider, consented):
    shown = repr(nexus.connections.show(owner, "shop"))
    assert all(token not in shown for token in provider.access | provider.refresh)
    assert [one.field for one in nexus.connections.show(owner, "shop").secrets] == ["client_secret"]

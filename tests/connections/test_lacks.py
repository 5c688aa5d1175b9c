"""A flow may be published before its connections are ready; whoever publishes it is told."""

import pytest

from nexus.core.host.connections import About
from nexus.core.model.problem import Refused

FLOW = """\
id: call
name: Call
trigger: [{use: core.webhook}]
do:
  - decide:
      switch:
        - if: event.data.a
          do:
            - ask: {call: http.get, connection: shop, with: {url: /orders}}
"""
API = {"base_url": "https://api.example"}
OAUTH = {
    "base_url": "https://api.example",
    "grant": "authorization_code",
    "authorize_url": "https://api.example/consent",
    "token_url": "https://api.example/token",
    "client_id": "nexus",
}


@pytest.fixture
def published(nexus, owner):
    """Publish the flow again and return the codes of its hints."""
    nexus.flows.save(owner, FLOW)
    return lambda: [hint.code for hint in nexus.flows.publish(owner, "call").hints]


def shown(nexus, owner):
    return [hint.code for hint in nexus.flows.show(owner, "call").hints]


def test_a_connection_that_nobody_set_is_named_and_the_flow_is_live_all_the_same(
    nexus, owner, published
):
    assert published() == ["connection_missing"]
    (hint,) = nexus.flows.show(owner, "call").hints
    assert (hint.field, hint.title) == ("shop", "The connection shop is not set up yet.")
    assert nexus.flows.show(owner, "call").row.live == 1


def test_the_hint_goes_away_once_the_connection_is_complete(nexus, owner, published):
    nexus.connections.set(owner, "shop", "http", API)
    assert published() == []
    assert shown(nexus, owner) == []


def test_one_that_is_turned_off_is_told(nexus, owner, published):
    nexus.connections.set(owner, "shop", "http", API)
    nexus.connections.turn(owner, "shop", False)
    assert published() == ["connection_off"]


def test_one_that_nobody_consented_to_is_told(nexus, owner, published):
    nexus.connections.set(owner, "shop", "http", OAUTH, about=About(kind="oauth"))
    assert published() == ["connection_incomplete"]


def test_one_that_its_provider_refused_is_told_with_the_cause(nexus, owner, published):
    local = {"base_url": "http://127.0.0.1:9"}
    nexus.connections.set(owner, "shop", "http", local)
    nexus.connections.test(owner, "shop")
    assert published() == ["connection_broken"]
    assert nexus.flows.show(owner, "call").hints[0].detail


def test_one_that_an_older_release_kept_incomplete_is_told(nexus, owner, published):
    nexus.connections.set(owner, "shop", "email", {"from": "a@example.com", "host": "mail.example"})
    keeping = nexus.connections._keeping
    from nexus.core.store import connections as store

    row = keeping.find("shop")
    store.change(keeping.database, row.id, None, open_values=b'{"from": "a@example.com"}')
    assert published() == ["connection_incomplete"]
    assert "host" in nexus.flows.show(owner, "call").hints[0].detail


@pytest.mark.parametrize(
    ("module", "kind", "values", "field"),
    [
        ("email", "smtp", {"from": "a@example.com"}, "host"),
        ("email", "smtp", {"from": "a@example.com", "transport": "smtp"}, "host"),
        ("email", "smtp", {"from": "a@example.com", "transport": "folder"}, "folder"),
        ("email", "smtp", {"host": "mail.example"}, "from"),
        ("http", "oauth", OAUTH | {"authorize_url": None}, "authorize_url"),
    ],
)
def test_an_incomplete_connection_is_refused_and_the_field_is_named(
    nexus, owner, module, kind, values, field
):
    with pytest.raises(Refused) as refused:
        nexus.connections.set(owner, "shop", module, values, about=About(kind=kind))
    assert [problem.field for problem in refused.value.problems] == [field]
    assert nexus.connections.list(owner) == []

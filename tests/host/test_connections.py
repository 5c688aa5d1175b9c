"""Connections: sealed on disk, opened for their own module only, kept to what it may reach."""

import asyncio
import sqlite3

import pytest

from nexus import BadConnection, Refuse
from nexus.core.clock import FixedClock
from nexus.core.host import load
from nexus.core.host.connections import About, Connections
from nexus.core.model.problem import Refused
from nexus.core.people.policy import Policy
from nexus.core.store.database import Database
from nexus.core.store.vault import Vault

OWNER = Policy().actor(id="1", name="Ada", roles=("owner",), via="cli")
VIEWER = Policy().actor(id="2", name="Vic", roles=("viewer",), via="page")
LABEL = About(label="The shop")
OWNER = Policy().actor(id="1", name="Ada", roles=("owner",), via="cli")
VIEWER = Policy().actor(id="2", name="Vic", roles=("viewer",), via="page")
API = {"base_url": "https://api.example.com", "secret": "Bearer s3cret-token"}


@pytest.fixture
def catalog():
    return load()


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def connections(tmp_path, database, catalog):
    vault = Vault(tmp_path, database.installation)
    return Connections(database, vault, FixedClock(), catalog)


def test_a_secret_is_sealed_on_disk_and_hidden_in_lists(connections, tmp_path):
    row = connections.set(OWNER, "shop", "http", API)

    assert row.values == {"base_url": "https://api.example.com"}
    assert [(one.field, one.tail) for one in row.secrets] == [("secret", "oken")]
    assert connections.list(OWNER) == [row]
    assert all(b"s3cret-token" not in file.read_bytes() for file in tmp_path.iterdir())


def test_an_action_gets_its_connection_opened(connections, catalog):
    connections.set(OWNER, "shop", "http", API)

    equipment = connections.equip(catalog.action("http.get"), "shop")

    assert equipment.connection == API


def test_another_module_never_gets_it_even_after_its_own_did(connections, catalog):
    connections.set(OWNER, "shop", "http", API)
    connections.equip(catalog.action("http.get"), "shop")

    with pytest.raises(BadConnection, match="no email connection shop"):
        connections.equip(catalog.action("email.send"), "shop")


def test_a_changed_connection_is_opened_afresh(connections, catalog):
    connections.set(OWNER, "shop", "http", API)
    connections.equip(catalog.action("http.get"), "shop")
    connections.set(OWNER, "shop", "http", API | {"secret": "Bearer other-token"})

    equipment = connections.equip(catalog.action("http.get"), "shop")

    assert equipment.connection["secret"] == "Bearer other-token"


def test_a_module_speaks_only_to_the_hosts_of_its_manifest(connections, catalog):
    equipment = connections.equip(catalog.action("core.now"), None)

    with pytest.raises(Refuse, match="may not be called"):
        asyncio.run(equipment.http.send("GET", "http://93.184.216.34/"))


@pytest.mark.parametrize(
    ("module", "values", "allow", "words"),
    [
        ("http", {}, [], "base_url"),
        ("http", API | {"more": 1}, [], "more"),
        ("core", {}, [], "no module with a connection called core"),
        ("nothing", {}, [], "no module with a connection called nothing"),
        ("http", API, ["everything"], "neither a network"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(connections, module, values, allow, words):
    with pytest.raises(Refused, match=words):
        connections.set(OWNER, "shop", module, values, allow)
    assert connections.list(OWNER) == []


def test_a_viewer_neither_sets_nor_sees_connections(connections):
    with pytest.raises(Refused, match=r"may not do this: connection\.set"):
        connections.set(VIEWER, "shop", "http", API)
    with pytest.raises(Refused, match=r"may not do this: connection\.read"):
        connections.list(VIEWER)


def test_a_secret_that_is_left_out_stays_and_none_takes_it_away(connections, catalog):
    connections.set(OWNER, "shop", "http", API)
    connections.set(OWNER, "shop", "http", {"base_url": API["base_url"], "header": "X-Key"})
    opened = connections.equip(catalog.action("http.get"), "shop").connection
    assert opened == API | {"header": "X-Key"}

    row = connections.set(OWNER, "shop", "http", {"base_url": API["base_url"], "secret": None})
    assert row.secrets == ()


def test_another_address_demands_the_secrets_again(connections, catalog):
    connections.set(OWNER, "shop", "http", API)

    with pytest.raises(Refused, match="base_url changes") as caught:
        connections.set(OWNER, "shop", "http", {"base_url": "https://evil.example"})
    assert (caught.value.problems[0].code, caught.value.problems[0].field) == (
        "secrets_again",
        "secret",
    )
    assert connections.equip(catalog.action("http.get"), "shop").connection == API

    moved = {"base_url": "https://new.example", "secret": "Bearer another-token"}
    assert connections.set(OWNER, "shop", "http", moved).version == 2


def test_another_mail_server_or_port_demands_the_password_again(connections):
    mail = {"host": "mail.example", "from": "a@b.example", "user": "ada", "password": "geheim-1"}
    connections.set(OWNER, "post", "email", mail)
    for change in ({"host": "evil.example"}, {"port": 2525}):
        open_ = {name: value for name, value in mail.items() if name != "password"}
        with pytest.raises(Refused, match="entered again"):
            connections.set(OWNER, "post", "email", open_ | change)


def test_a_wrong_secret_is_never_repeated_in_the_words(connections):
    with pytest.raises(Refused) as caught:
        connections.set(OWNER, "shop", "http", API | {"secret": 991827364})
    assert "991827364" not in str(caught.value)
    assert caught.value.problems[0].field == "secret"


def test_a_label_changes_without_a_new_version(connections):
    connections.set(OWNER, "shop", "http", API)
    row = connections.set(OWNER, "shop", "http", {"base_url": API["base_url"]}, None, LABEL)
    assert (row.label, row.version) == ("The shop", 1)


def test_a_client_may_have_its_own_connection_beside_the_organisations(connections):
    connections.set(OWNER, "shop", "http", API)
    row = connections.set(OWNER, "shop@acme", "http", API | {"secret": "Bearer of-acme-only"})
    assert (row.name, row.client) == ("shop@acme", "acme")
    assert [one.client for one in connections.list(OWNER)] == [None, "acme"]
    connections.remove(OWNER, "shop@acme")
    assert [one.name for one in connections.list(OWNER)] == ["shop"]


@pytest.mark.parametrize("name", ["", "a b", "../x", "a@", "a@b@c", "x" * 200])
def test_a_name_is_a_plain_word(connections, name):
    with pytest.raises(Refused, match="cannot be a connection's name"):
        connections.set(OWNER, name, "http", API)


def test_a_sealed_secret_does_not_open_in_another_field_or_connection(
    connections, database, tmp_path
):
    connections.set(OWNER, "shop", "http", API)
    connections.set(OWNER, "bank", "http", API | {"secret": "Bearer of-the-bank"})
    with sqlite3.connect(tmp_path / "nexus.db") as raw:
        rows = raw.execute("select connection_id, sealed from secret order by changed").fetchall()
        raw.execute("update secret set sealed = ?", (rows[0][1],))
    connections._opener.forget("bank")
    connections._opener.forget("shop")
    opened = 0
    for alias in ("shop", "bank"):
        try:
            connections.equip(load().action("http.get"), alias)
            opened += 1
        except BadConnection as refused:
            assert "cannot be opened" in refused.message
    assert opened == 1

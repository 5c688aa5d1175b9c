"""Connections: sealed on disk, opened for their own module only, kept to what it may reach."""

import asyncio

import pytest

from nexus import Refuse
from nexus.core.clock import FixedClock
from nexus.core.host import load
from nexus.core.host.connections import Connections
from nexus.core.model.problem import Refused
from nexus.core.people.policy import Policy
from nexus.core.store.database import Database
from nexus.core.store.vault import Vault

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

    assert row.values == {"base_url": "https://api.example.com", "secret": "***"}
    assert connections.list(OWNER) == [row]
    assert all(b"s3cret-token" not in file.read_bytes() for file in tmp_path.iterdir())


def test_an_action_gets_its_connection_opened_and_its_secrets_told(connections, catalog):
    connections.set(OWNER, "shop", "http", API)

    equipment = connections.equip(catalog.action("http.get"), "shop")

    assert equipment.connection == API
    assert "Bearer s3cret-token" in equipment.secrets


def test_another_module_never_gets_it_even_after_its_own_did(connections, catalog):
    connections.set(OWNER, "shop", "http", API)
    connections.equip(catalog.action("http.get"), "shop")

    with pytest.raises(Refuse, match="no email connection shop"):
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

"""Signing in by link, sessions that end at once, tokens, and the one policy table."""

import sqlite3

import pytest

from nexus.core.clock import FixedClock
from nexus.core.model.problem import Refused
from nexus.core.people.people import LINK_LIFE, People
from nexus.core.people.policy import Policy, allow
from nexus.core.people.roles import ROLES
from nexus.core.people.table import POLICY
from nexus.core.people.tokens import Tokens
from nexus.core.store.database import Database


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def people(database, clock):
    return People(database, clock)


def test_a_link_signs_in_once(people):
    token = people.link()
    secret = people.use_link(token)
    assert people.actor_for_session(secret).roles == ("owner",)
    with pytest.raises(Refused) as refused:
        people.use_link(token)
    assert refused.value.status == 410
    assert "nexus sign-in-link" in refused.value.problems[0].hint


def test_a_link_is_over_after_its_time(people, clock):
    token = people.link()
    clock.advance(LINK_LIFE / 1_000_000 + 1)
    with pytest.raises(Refused):
        people.use_link(token)


def test_a_copied_cookie_is_worth_nothing_after_signing_out(people):
    secret = people.use_link(people.link())
    people.sign_out(people.console(), secret)
    assert people.actor_for_session(secret) is None
    people.save_session(secret, {"csrf": "x"})
    assert people.load_session(secret) is None


def test_a_session_keeps_what_pages_put_into_it(people):
    secret = people.use_link(people.link())
    people.save_session(secret, {"csrf": "x"})
    assert people.load_session(secret) == {"csrf": "x"}
    assert people.actor_for_session(secret) is not None


def test_a_session_without_signing_in_is_nobody(people):
    assert people.actor_for_session(people.new_session({"a": 1})) is None


def test_no_secret_is_stored_in_the_clear(people, database):
    link = people.link()
    session = people.use_link(people.link())
    _, token = Tokens(people).make(people.console(), "test")
    raw = b"".join(
        path.read_bytes() for path in database.folder.iterdir() if path.name.startswith("nexus.db")
    )
    for secret in (link, session, token):
        assert secret.encode() not in raw


def test_a_token_speaks_for_its_maker_and_an_unknown_one_for_nobody(people):
    _, token = Tokens(people).make(people.console(), "ci")
    assert people.actor_for_token(token).id == "owner"
    assert people.actor_for_token("nx_" + "x" * 43) is None


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("pair", sorted(POLICY), ids="-".join)
def test_the_policy_table_lets_in_only_its_roles(role, pair):
    actor = Policy().actor(id="p", name="Pat", roles=(role,), via="page")
    if role in POLICY[pair].grants:
        assert allow(actor, *pair) == POLICY[pair].grants[role]
    else:
        with pytest.raises(Refused) as refused:
            allow(actor, *pair)
        assert refused.value.status == 403
        assert "Pat" in str(refused.value)


def test_nobody_is_never_let_in():
    with pytest.raises(TypeError):
        allow(None, "flow", "read")


def test_a_viewer_changes_nothing_but_their_own():
    held = {pair: rule.grants["viewer"] for pair, rule in POLICY.items() if "viewer" in rule.grants}
    assert {verb for (_, verb), scope in held.items() if scope != "own"} == {"read"}


def test_the_database_syncs_fully(database):
    with database.engine.connect() as connection:
        sync = connection.exec_driver_sql("pragma synchronous").scalar_one()
        mode = connection.exec_driver_sql("pragma journal_mode").scalar_one()
    assert (sync, mode) == (2, "wal")


def test_data_of_a_newer_nexus_is_refused(tmp_path):
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / "nexus.db") as connection:
        connection.execute("update meta set value = '99' where name = 'schema'")
    with pytest.raises(Refused) as refused:
        Database(tmp_path)
    assert refused.value.problems[0].code == "schema_too_new"


def test_other_users_of_the_machine_cannot_read_the_data(tmp_path):
    database = Database(tmp_path / "new" / "data")
    people = People(database, FixedClock())
    people.link()
    modes = {path.name: path.stat().st_mode & 0o077 for path in database.folder.iterdir()}
    assert set(modes.values()) == {0}
    assert database.folder.stat().st_mode & 0o077 == 0
    database.close()

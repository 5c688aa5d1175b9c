"""Keys rotate in one go; interrupted at any moment, every secret still opens."""

import sqlite3

import pytest

from nexus.core.host.keys import Keys
from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus
from nexus.core.people.policy import Policy
from nexus.core.store import people, sealed
from nexus.core.store.keys import KEY_FILE, VARIABLE, KeyRing

OWNER = Policy().actor(id="owner", name="Ada", roles=("owner",), via="cli")
ADMIN = Policy().actor(id="admin", name="Bo", roles=("admin",), via="cli")
ONE, TWO = "0123456789abcdef" * 4, "fedcba9876543210" * 4


@pytest.fixture
def nexus(tmp_path):
    opened = open_nexus(tmp_path)
    for number in range(5):
        values = {"base_url": "https://a.example", "secret": f"Bearer secret-no-{number}"}
        opened.connections.set(OWNER, f"shop-{number}", "http", values)
    yield opened
    opened.close()


def secrets_of(nexus):
    keeping = nexus.connections.checkup._keeping
    return [keeping.values(keeping.find(f"shop-{number}"))["secret"] for number in range(5)]


ALL = [f"Bearer secret-no-{number}" for number in range(5)]


def key_ids(tmp_path):
    with sqlite3.connect(tmp_path / "nexus.db") as raw:
        return {row[0].partition(".")[0] for row in raw.execute("select sealed from secret")}


def test_everything_is_sealed_anew_and_the_old_key_is_gone(nexus, tmp_path):
    old = (tmp_path / KEY_FILE).read_text()
    row = nexus.keys.rotate(OWNER)
    assert key_ids(tmp_path) == {row.current}
    assert (tmp_path / KEY_FILE).read_text().strip() not in old
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert secrets_of(nexus) == ALL


@pytest.mark.parametrize("after", [1, 3, 5])
def test_interrupted_half_way_every_secret_opens_and_rotating_again_finishes(
    nexus, tmp_path, after, monkeypatch
):
    def stop(self, done, total):
        if done == after:
            raise KeyboardInterrupt

    before = key_ids(tmp_path)
    monkeypatch.setattr(Keys, "_note", stop)
    with pytest.raises(KeyboardInterrupt):
        nexus.keys.rotate(OWNER)
    assert key_ids(tmp_path) == before
    assert len((tmp_path / KEY_FILE).read_text().split()) == 2
    monkeypatch.undo()
    nexus.close()

    again = open_nexus(tmp_path)
    assert secrets_of(again) == ALL
    assert again.keys.rotate(OWNER).known == 1
    assert secrets_of(again) == ALL
    again.close()


def test_a_crash_before_the_old_key_goes_loses_nothing(nexus, tmp_path, monkeypatch):
    monkeypatch.setattr(KeyRing, "drop_old", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        nexus.keys.rotate(OWNER)
    nexus.close()
    again = open_nexus(tmp_path)
    assert secrets_of(again) == ALL
    again.close()


def test_a_secret_whose_key_is_lost_stops_the_rotation_and_changes_nothing(nexus, tmp_path):
    with sqlite3.connect(tmp_path / "nexus.db") as raw:
        raw.execute("update secret set sealed = 'ffffffff.AAAA' where rowid = 1")
    before = key_ids(tmp_path)
    with pytest.raises(Refused, match="cannot be opened"):
        nexus.keys.rotate(OWNER)
    assert key_ids(tmp_path) == before
    assert len((tmp_path / KEY_FILE).read_text().split()) == 2


def test_only_the_owner_rotates(nexus):
    with pytest.raises(Refused, match=r"may not do this: key\.rotate"):
        nexus.keys.rotate(ADMIN)


def test_keys_of_the_environment_rotate_when_a_new_one_stands_first(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, ONE)
    first = open_nexus(tmp_path)
    values = {"base_url": "https://a.example", "secret": ALL[0]}
    first.connections.set(OWNER, "shop-0", "http", values)
    with pytest.raises(Refused, match="there is only one"):
        first.keys.rotate(OWNER)
    first.close()
    assert not (tmp_path / KEY_FILE).exists()

    monkeypatch.setenv(VARIABLE, f"{TWO},{ONE}")
    second = open_nexus(tmp_path)
    second.keys.rotate(OWNER)
    second.close()

    monkeypatch.setenv(VARIABLE, TWO)
    third = open_nexus(tmp_path)
    keeping = third.connections.checkup._keeping
    assert keeping.values(keeping.find("shop-0"))["secret"] == ALL[0]
    third.close()


@pytest.mark.parametrize("text", ["short", "00" * 32, f"{ONE},zz"])
def test_a_weak_key_of_the_environment_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(Refused) as refused:
        open_nexus(tmp_path)
    assert refused.value.problems[0].code == "weak_key"


def test_every_sealed_column_takes_part(nexus):
    names = {f"{table.name}.{column.name}" for table, column in sealed._columns()}
    columns = {
        f"{table.name}.{column.name}"
        for table in sealed.metadata.sorted_tables
        for column in table.columns
        if "sealed" in column.name or column.name == "verifier"
    }
    assert columns <= names


def test_after_a_rotation_the_audit_log_verifies_and_goes_on(nexus, tmp_path):
    nexus.audit.tick(nexus.clock.now())
    nexus.keys.rotate(OWNER)
    newest = nexus.audit.list(OWNER).rows[0]
    assert (newest.action, newest.object) == ("key.rotate", f"key:{nexus.keys.show(OWNER).current}")
    nexus.tokens.make(OWNER, "after")
    assert nexus.audit.verify(OWNER).fine
    nexus.close()
    again = open_nexus(tmp_path)
    again.tokens.make(OWNER, "later")
    verdict = again.audit.verify(OWNER)
    assert (verdict.fine, verdict.anchors) == (True, 1)
    again.close()


def test_after_a_rotation_people_stay_signed_in_and_their_pages_stay_good(nexus, tmp_path):
    session = nexus.people.use_link(nexus.people.link())
    key, other = nexus.page_key, nexus.database.derive("other")
    nexus.keys.rotate(OWNER)
    nexus.close()
    again = open_nexus(tmp_path)
    assert again.page_key == key != other == again.database.derive("other")
    assert again.people.actor_for_session(session).roles == ("owner",)
    again.close()


def test_a_rotation_that_is_interrupted_leaves_no_row(nexus, monkeypatch):
    def stop(self, done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(Keys, "_note", stop)
    with pytest.raises(KeyboardInterrupt):
        nexus.keys.rotate(OWNER)
    assert nexus.audit.list(OWNER).rows[0].action == "connection.set"


def test_another_master_key_than_that_of_the_data_is_refused_at_the_start(nexus, tmp_path):
    nexus.close()
    kept = (tmp_path / KEY_FILE).read_text()
    (tmp_path / KEY_FILE).write_text(f"{ONE}\n")
    with pytest.raises(Refused) as refused:
        open_nexus(tmp_path)
    assert refused.value.problems[0].code == "other_key"
    (tmp_path / KEY_FILE).write_text(kept)
    again = open_nexus(tmp_path)
    assert secrets_of(again) == ALL
    assert again.audit.verify(OWNER).fine
    again.close()


def test_what_people_sealed_is_sealed_anew_too(nexus, tmp_path):
    provider = {"id": "them", "title": "T", "kind": "oidc", "issuer": "https://id.example"}
    nexus.sso.set(OWNER, provider | {"client_id": "nexus"}, "s3cret-of-theirs")
    sealed = nexus.database.vault.seal("JBSWY3DPEHPK3PXP", "totp:owner")
    people.change_person(nexus.database, "owner", totp=sealed)
    before = nexus.sso.providers()[0].sealed
    nexus.keys.rotate(OWNER)
    vault, row = nexus.database.vault, people.find_person(nexus.database, "owner")
    after = nexus.sso.providers()[0].sealed
    assert (after != before, row.totp != sealed) == (True, True)
    assert vault.open(after, "sso:them") == "s3cret-of-theirs"
    assert vault.open(row.totp, "totp:owner") == "JBSWY3DPEHPK3PXP"

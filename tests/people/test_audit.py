"""The audit log: every change leaves a row in its own transaction, and no row changes unseen."""

import json
import sqlite3
import threading
import time

import pytest

from nexus.core.clock import FixedClock
from nexus.core.model.audit import Wanted
from nexus.core.model.deed import Deed, clean, deed
from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus
from nexus.core.people.audit import Audit
from nexus.core.people.people import People
from nexus.core.people.policy import Policy
from nexus.core.people.tokens import Tokens
from nexus.core.store import sessions as store
from nexus.core.store.database import Database

OWNER = Policy().actor(id="owner", name="Ada", roles=("owner",), via="page", ip="10.1.2.3")
VIEWER = Policy().actor(id="v", name="Vic", roles=("viewer",), via="page")
DAY = 86_400


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


@pytest.fixture
def audit(database, clock, people):
    return Audit(database, clock)


@pytest.fixture
def rows(people, clock):
    """Six rows: tokens made by the owner, a second apart."""
    for number in range(6):
        Tokens(people).make(OWNER, f"token {number}")
        clock.advance(1)


@pytest.fixture
def thief(tmp_path, rows):
    """Somebody with the database file who takes the guards down first."""
    connection = sqlite3.connect(tmp_path / "nexus.db", isolation_level=None)
    for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'"):
        connection.execute(f"drop trigger {name}")
    yield connection.execute
    connection.close()


def test_a_row_says_who_did_what_to_which_object_when_and_from_where(audit, rows, clock):
    newest = audit.list(OWNER).rows[0]
    assert (newest.actor, newest.by, newest.via, newest.ip) == ("owner", "Ada", "page", "10.1.2.3")
    assert (newest.action, newest.meta["name"]) == ("token.make", "token 5")
    assert newest.object.startswith("token:")
    assert newest.at == clock.now() - 1_000_000


def test_a_whole_log_verifies(audit, rows):
    verdict = audit.verify(OWNER)
    assert (verdict.fine, verdict.rows, verdict.seq) == (True, 6, None)


def test_a_change_and_its_row_are_kept_together_or_not_at_all(database, people, rows, audit):
    before = audit.verify(OWNER).rows
    with pytest.raises(Exception, match="UNIQUE"):
        for name in ("a", "b"):
            done = deed(OWNER, 1, "token.make", name)
            values = {"id": name, "person_id": "owner", "name": name, "scopes": b"[]"}
            times = {"created": 1, "expires": None}
            store.add_token(database, "same", done, **values, **times, console=False)
    assert audit.verify(OWNER).rows == before + 1


def test_without_a_row_there_is_no_change(database, people, monkeypatch):
    def broken(connection, deed):
        raise OSError("disk full")

    monkeypatch.setattr(database.chain, "append", broken)
    with pytest.raises(OSError):
        Tokens(people).make(OWNER, "never")
    assert database.one(store.select(store.token)) is None


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set action = 'x' where seq = 3",
        "delete from audit where seq = 3",
        "delete from audit",
        "insert or replace into audit select * from audit where seq = 3",
        "insert into audit select 0, at, actor, via, ip, action, object, before_hash, after_hash,"
        " meta, prev_hash, hash from audit where seq = 3",
    ],
)
def test_the_database_itself_refuses_to_change_a_row(statement, tmp_path, rows, audit):
    connection = sqlite3.connect(tmp_path / "nexus.db")
    with pytest.raises(sqlite3.IntegrityError, match="the audit log only grows"):
        connection.execute(statement)
    connection.close()
    assert audit.verify(OWNER).fine


@pytest.mark.parametrize(
    "column",
    ["at", "actor", "via", "ip", "action", "object", "before_hash", "after_hash", "meta"],
)
def test_a_changed_cell_is_found_and_named(column, thief, audit):
    thief(f"update audit set {column} = 'x' where seq = 3" if column != "at" else
          "update audit set at = at + 1 where seq = 3")  # fmt: skip
    verdict = audit.verify(OWNER)
    assert (verdict.fine, verdict.seq) == (False, 3)
    assert "Row 3 was changed" in verdict.says


def test_a_missing_row_is_found_and_named(thief, audit):
    thief("delete from audit where seq = 4")
    verdict = audit.verify(OWNER)
    assert (verdict.fine, verdict.seq) == (False, 4)
    assert "missing" in verdict.says


def test_rows_in_another_order_are_found(thief, audit):
    thief("update audit set seq = 99 where seq = 2")
    thief("update audit set seq = 2 where seq = 3")
    thief("update audit set seq = 3 where seq = 99")
    assert audit.verify(OWNER).seq == 2


def test_a_row_forged_without_the_key_is_found(thief, audit, database):
    (last,) = thief("select hash from audit where seq = 6").fetchone()
    row = (7, 1, "owner", "page", "", "token.make", "token:x", "", "", "{}", last, "0" * 64)
    thief(f"insert into audit values ({', '.join('?' * 12)})", row)
    assert audit.verify(OWNER).seq == 7


def test_a_cut_end_is_found_by_the_anchor_of_the_day(thief, audit, clock):
    audit.tick(clock.now())
    thief("delete from audit where seq > 4")
    verdict = audit.verify(OWNER)
    assert (verdict.fine, verdict.seq) == (False, 5)
    assert "an anchor saw row 6" in verdict.says


def test_without_the_anchor_a_cut_end_would_pass(thief, audit):
    thief("delete from audit where seq > 4")
    assert audit.verify(OWNER).fine


def test_a_log_written_anew_after_a_cut_differs_from_the_anchor(thief, audit, people, clock):
    audit.tick(clock.now())
    thief("delete from audit where seq > 4")
    for name in ("a", "b"):
        Tokens(people).make(OWNER, name)
    verdict = audit.verify(OWNER)
    assert (verdict.fine, verdict.seq) == (False, 6)


def test_a_changed_anchor_is_found(audit, rows, clock, tmp_path):
    audit.tick(clock.now())
    path = tmp_path / "audit-anchors.log"
    path.write_text(path.read_text().replace('"seq": 6', '"seq": 5'))
    verdict = audit.verify(OWNER)
    assert not verdict.fine
    assert "Line 1 of the anchors" in verdict.says


def test_an_anchor_is_cast_once_a_day_also_across_restarts(audit, rows, clock, database, tmp_path):
    path = tmp_path / "audit-anchors.log"
    for _ in range(3):
        audit.tick(clock.now())
    assert len(path.read_text().splitlines()) == 1
    Audit(database, clock).tick(clock.now())
    assert len(path.read_text().splitlines()) == 1
    clock.advance(DAY)
    audit.tick(clock.now())
    (_, second) = (json.loads(line) for line in path.read_text().splitlines())
    assert second["seq"] == 6
    assert audit.verify(OWNER).anchors == 2
    assert path.stat().st_mode & 0o077 == 0


def test_an_anchor_is_told_to_the_log_too(audit, rows, clock, caplog):
    caplog.set_level("INFO", "nexus.audit")
    audit.tick(clock.now())
    assert audit.list(OWNER).rows[0].hash in caplog.text


def test_an_anchor_that_cannot_be_written_is_tried_again(audit, rows, clock, tmp_path, caplog):
    path = tmp_path / "audit-anchors.log"
    path.mkdir()
    audit.tick(clock.now())
    assert "could not be anchored" in caplog.text
    path.rmdir()
    clock.advance(3600)
    audit.tick(clock.now())
    assert path.is_file()


def test_rows_are_filtered_by_who_what_object_and_time(audit, rows, people, clock):
    link = people.link()
    people.use_link(link, ip="2001:db8::1")
    with pytest.raises(Refused):
        people.use_link(link)
    start = FixedClock().now()

    def found(**wanted):
        return [row.action for row in audit.list(OWNER, Wanted(**wanted)).rows]

    assert found(action="session") == ["session.refuse", "session.begin"]
    assert found(action="session.begin") == ["session.begin"]
    assert found(actor="owner", text="TOKEN 3") == ["token.make"]
    assert found(text="%") == []
    assert len(found(since=start, until=start + 2_000_000)) == 2
    assert audit.who(OWNER)["owner"]
    assert "token.make" in audit.what(OWNER)


def test_pages_join_without_a_gap_and_the_export_holds_them_all(audit, rows):
    first = audit.list(OWNER, limit=4)
    second = audit.list(OWNER, cursor=first.cursor, limit=4)
    assert [row.seq for row in (*first.rows, *second.rows)] == [6, 5, 4, 3, 2, 1]
    assert second.cursor is None
    assert [row.seq for row in audit.export(OWNER)] == [6, 5, 4, 3, 2, 1]
    with pytest.raises(Refused, match="not a cursor"):
        audit.list(OWNER, cursor="x")


def test_only_those_whom_the_policy_names_may_read_it(audit):
    for verb in (audit.list, audit.export, audit.verify, audit.who, audit.what):
        with pytest.raises(Refused) as refused:
            verb(VIEWER)
        assert refused.value.status == 403


def test_what_is_called_a_secret_never_enters_a_row():
    told = clean({"name": "x" * 500, "api_token": "s3cret", "deep": {"Password": "s3cret", "n": 1}})
    assert "s3cret" not in str(told)
    assert told["deep"] == {"Password": "***", "n": 1}
    assert len(told["name"]) == 200


def test_a_deed_is_told_more_without_losing_what_it_said():
    done = Deed(at=1, actor="a", via="cli", action="x.y", object="x:1", meta={"by": "A"})
    assert done.tell(version=3).meta == {"by": "A", "version": 3}


def test_many_writers_make_one_chain(tmp_path):
    """People, the committer and a second process's database, all at once."""
    nexus = open_nexus(tmp_path / "data")
    beside = Database(tmp_path / "data")
    done = Deed(at=1, actor="a", via="cli", action="x.y", object="x:1")

    def through_the_committer():
        for _ in range(25):
            work = nexus.database.chain.join(lambda execute: True, done)
            nexus.engine.committer.call(work).wait()

    def directly(database):
        for _ in range(25):
            store.note(database, done)

    threads = [
        *(threading.Thread(target=through_the_committer) for _ in range(2)),
        *(threading.Thread(target=directly, args=(one,)) for one in (nexus.database, beside)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = nexus.audit.verify(OWNER)
    assert (verdict.fine, verdict.rows) == (True, 100)
    beside.close()
    nexus.close()


def test_the_running_engine_casts_the_anchor(tmp_path):
    nexus = open_nexus(tmp_path / "data")
    nexus.tokens.make(OWNER, "first")[1]
    nexus.start()
    anchors, end = tmp_path / "data" / "audit-anchors.log", time.monotonic() + 10
    while not anchors.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert nexus.audit.verify(OWNER).anchors == 1
    nexus.close()


def test_a_log_of_another_installation_does_not_pass_for_this_one(tmp_path, rows, audit, database):
    other = Database(tmp_path / "other")
    theirs = People(other, FixedClock())
    Tokens(theirs).make(OWNER, "t")
    stolen = sqlite3.connect(tmp_path / "other" / "nexus.db")
    (cells,) = stolen.execute("select * from audit").fetchall()
    stolen.close()
    other.close()
    mine = sqlite3.connect(tmp_path / "nexus.db")
    for (name,) in mine.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        mine.execute(f"drop trigger {name}")
    mine.execute("delete from audit")
    mine.execute(f"insert into audit values ({', '.join('?' * 12)})", cells)
    mine.commit()
    mine.close()
    assert audit.verify(OWNER).seq == 1

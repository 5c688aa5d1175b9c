"""The WAL is copied into the database by us, so that a sync that fails then is not kept quiet."""

import runpy
import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import insert

from nexus.core.model.problem import Refused
from nexus.core.redact import Redactor
from nexus.core.store import committer as committers
from nexus.core.store import wal
from nexus.core.store.committer import Committer
from nexus.core.store.database import Database
from nexus.core.store.tables import meta
from nexus.core.store.ticket import Unavailable

FAULT = runpy.run_path(str(Path(__file__).parent / "refused.py"))
needs_filter = pytest.mark.skipif(FAULT["SYNCS"] is None, reason="the filter knows x86-64 and ARM")


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def committer(database):
    made = Committer(database, Redactor())
    yield made
    made.close()


def note(name, value="x"):
    return lambda execute: execute(insert(meta).values(name=name, value=value))


def wal_frames(database):
    """How many pages wait in the WAL, and how many of them the database has taken over."""
    with sqlite3.connect(database.folder / "nexus.db") as connection:
        _, waiting, taken = connection.execute("pragma wal_checkpoint(passive)").fetchone()
    connection.close()
    return waiting, taken


@needs_filter
@pytest.mark.parametrize("reason", ["many", "quiet"])
def test_a_sync_that_fails_while_the_database_takes_over_ends_writing(
    database, committer, monkeypatch, reason
):
    monkeypatch.setattr(wal, "AFTER", 4 if reason == "many" else 1_000)
    monkeypatch.setattr(committers, "QUIET", 0.2 if reason == "quiet" else 1_000)
    told, database.growth.changes = [], 0
    database.on_lost = lambda: told.append("lost")
    path = database.folder / "nexus.db"
    committer.call(lambda execute: FAULT["refuse_sync"](path)).wait()
    for name in "abc":
        committer.call(note(name)).wait()  # a commit syncs the WAL, which goes well
    until(lambda: told == ["lost"])
    with pytest.raises(Unavailable, match="would not sync"):
        committer.call(note("after")).wait()
    with pytest.raises(Refused, match="takes nothing more"), database.write():
        pass
    assert kept(path) >= {"a", "b", "c"}, "what was acknowledged stays: the WAL has it"


def test_many_changes_do_not_let_the_wal_grow_without_end(database, committer, monkeypatch):
    monkeypatch.setattr(wal, "AFTER", 50)
    for number in range(1_000):
        committer.call(note(str(number))).wait()
    assert wal_file(database).stat().st_size < 50 * 10 * 4096
    assert wal_frames(database)[0] < 50 * 10


def test_few_large_changes_do_not_either(database, committer, monkeypatch):
    monkeypatch.setattr(wal, "WAL_SIZE", 200_000)
    for number in range(60):
        committer.call(note(str(number), "x" * 20_000)).wait()
    assert wal_file(database).stat().st_size < 400_000


def test_short_writes_alone_do_not_either(database, monkeypatch):
    monkeypatch.setattr(wal, "AFTER", 20)
    for number in range(300):
        with database.write() as connection:
            connection.execute(insert(meta).values(name=str(number), value="x"))
    assert wal_file(database).stat().st_size < 20 * 20 * 4096


def test_when_it_is_quiet_the_database_takes_over_all(database, committer, monkeypatch):
    monkeypatch.setattr(committers, "QUIET", 0.05)
    committer.call(note("a")).wait()
    until(lambda: in_the_database_itself(database) == [(1,)])


def in_the_database_itself(database):
    """Look for `a` without the WAL."""
    path = f"file:{database.folder}/nexus.db?immutable=1"
    connection = sqlite3.connect(path, uri=True)
    try:
        return connection.execute("select 1 from meta where name = 'a'").fetchall()
    except sqlite3.Error:
        return []  # it is being written
    finally:
        connection.close()


def test_a_disk_too_full_to_take_over_is_met_again_later(database, committer, caplog):
    class Full:
        def cursor(self):
            raise sqlite3.OperationalError("database or disk is full")

    database.settle(Full())
    assert "could not take over" in caplog.text
    committer.call(note("a")).wait()
    assert not database.lost


def wal_file(database):
    return database.folder / "nexus.db-wal"


def kept(path):
    connection = sqlite3.connect(path)
    found = {row[0] for row in connection.execute("select name from meta")}
    connection.close()
    return found


def until(fact):
    end = time.monotonic() + 10
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.01)

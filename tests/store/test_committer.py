"""The group committer keeps each change whole, and stops only the one that does not fit."""

import threading

import pytest

from nexus.core.model.problem import Refused
from nexus.core.redact import Redactor
from nexus.core.store.committer import Committer
from nexus.core.store.database import Database
from nexus.core.store.lock import is_locked, lock_folder
from nexus.core.store.statements import MOVE_RUN, NEW_EVENT, NEW_RUN, RECORD
from nexus.core.store.ticket import Fenced, Repeated, Unavailable


@pytest.fixture
def database(store):
    database = Database(store.folder)
    yield database
    database.close()


@pytest.fixture
def committer(database):
    committer = Committer(database, Redactor())
    yield committer
    committer.close()


def event(number, dedupe=None):
    return NEW_EVENT, (number, "s", "t", "", 0, 0, dedupe, b"{}", 0)


def run(number, owner=1):
    return NEW_RUN, (number, "f", 1, number, 2, 1, owner, None, None, None, None, None, None, None)


def move(number, owner=1, epoch=1):
    return MOVE_RUN, (7, None, None, 5, None, None, None, None, number, owner, epoch)


def count(store, table):
    return store.ask(f"select count(*) from {table}")[0][0]


def test_a_change_is_there_when_wait_returns(committer, store):
    committer.submit([event(1), run(1), (RECORD, (1, 0, b"[]"))]).wait()
    assert [count(store, name) for name in ("event", "run", "journal")] == [1, 1, 1]


def test_many_changes_share_a_commit(committer, store):
    tickets = []
    block = threading.Event()
    committer.call(lambda execute: block.wait(5))
    for number in range(1, 101):
        tickets.append(committer.submit([event(number)]))
    before = committer.commits
    block.set()
    for ticket in tickets:
        ticket.wait()
    assert count(store, "event") == 100
    assert committer.commits - before <= 3


def test_a_repeated_key_stops_only_its_own_change(committer, store):
    block = threading.Event()
    committer.call(lambda execute: block.wait(5))
    first = committer.submit([event(1, "k"), run(1)])
    second = committer.submit([event(2, "k"), run(2)])
    third = committer.submit([event(3, "other"), run(3)])
    block.set()
    first.wait()
    third.wait()
    with pytest.raises(Repeated):
        second.wait()
    assert count(store, "run") == 2


def test_who_lost_the_run_writes_nothing(committer, store):
    committer.submit([event(1), run(1, owner=2)]).wait()
    with pytest.raises(Fenced):
        committer.submit([move(1, owner=1), (RECORD, (1, 0, b"[]"))]).wait()
    with pytest.raises(Fenced):
        committer.submit([move(1, owner=2, epoch=9)]).wait()
    assert count(store, "journal") == 0
    committer.submit([move(1, owner=2)]).wait()


def test_a_closed_committer_keeps_nothing_and_says_so(database):
    committer = Committer(database, Redactor())
    committer.close()
    with pytest.raises(Unavailable):
        committer.submit([event(1)]).wait()


def test_a_folder_has_one_holder(tmp_path):
    held = lock_folder(tmp_path)
    assert is_locked(tmp_path)
    with pytest.raises(Refused) as refused:
        lock_folder(tmp_path)
    assert "Another Nexus" in str(refused.value)
    held.close()
    assert not is_locked(tmp_path)

"""What only PostgreSQL can do to us: a commit without an answer, a restart, another writer."""

import threading

import psycopg
import pytest
import servers

from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus
from nexus.core.redact import Redactor
from nexus.core.store.backend import VARIABLE
from nexus.core.store.committer import Committer
from nexus.core.store.database import Database
from nexus.core.store.pen import InDoubt
from nexus.core.store.statements import NEW_EVENT
from nexus.core.store.ticket import Unavailable

WAITS = """
id: a
name: A
trigger: [{use: core.webhook}]
do:
  - pause: {wait: 2s}
  - note: {set: 1}
"""
pytestmark = pytest.mark.xdist_group("processes")


def event(number):
    return [(NEW_EVENT, (number, "s", "t", "", 0, 0, f"k{number}", b"{}", 0))]


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


def lose_answer(committer, *, kept):
    """Let the next commit lose its connection, before or after the server carried it out."""
    pen, commit = committer._pen, committer._pen.commit

    def commit_and_lose():
        pen.commit = commit
        if kept:
            commit()
        pen.connection.close()
        raise InDoubt("the connection was lost")

    pen.commit = commit_and_lose


def test_a_commit_whose_answer_was_lost_is_asked_for_and_counts_when_it_was_kept(committer, store):
    lose_answer(committer, kept=True)
    lost = committer.submit(event(1))
    committer.submit(event(2)).wait(10)
    lost.wait(10)
    assert store.ask("select id from event order by id") == [(1,), (2,)]


def test_a_commit_that_was_not_kept_is_said_to_be_unavailable(committer, store):
    lose_answer(committer, kept=False)
    with pytest.raises(Unavailable):
        committer.submit(event(1)).wait(10)
    committer.submit(event(2)).wait(10)
    assert store.ask("select id from event") == [(2,)]


def test_a_sender_does_not_wait_for_ever_for_a_database_that_went_away(committer):
    lose_answer(committer, kept=True)
    with pytest.raises(Unavailable, match="may have been kept"):
        committer.submit(event(1)).wait(0.2)


def test_a_connection_that_an_administrator_ended_is_replaced(committer, store):
    committer.submit(event(1)).wait()
    ended = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
    store.ask(f"{ended} and datname = current_database()")
    with pytest.raises(Unavailable):
        committer.submit(event(2)).wait(10)
    committer.submit(event(3)).wait(10)
    assert store.ask("select id from event order by id") == [(1,), (3,)]


def test_nexus_outlives_a_restart_of_its_database(tmp_path, monkeypatch):
    try:
        server = servers.Postgres()
    except servers.Missing as missing:
        pytest.skip(str(missing))
    monkeypatch.setenv(VARIABLE, server.url())
    nexus = open_nexus(tmp_path)
    nexus.start()
    owner = nexus.people.console()
    nexus.flows.save(owner, WAITS)
    nexus.flows.publish(owner, "a")
    key = nexus.hooks.list(owner)[0].path.rpartition("/")[2]

    def send():
        return nexus.inbox.receive(key, {"content-type": "application/json"}, b"{}")

    (run,) = send().run_ids
    server.stop()
    with pytest.raises(Refused):
        send()
    server.start()
    assert nexus.runs.wait(owner, run, 60).state.word == "done"
    (again,) = send().run_ids
    assert nexus.runs.wait(owner, again, 60).state.word == "done"
    nexus.close()
    server.remove()


def test_the_audit_log_only_grows(store):
    nexus = open_nexus(store.folder)
    nexus.flows.save(nexus.people.console(), WAITS)
    nexus.close()
    for change in ("delete from audit", "update audit set actor = 'x'", "truncate audit"):
        with pytest.raises(psycopg.errors.RaiseException, match="only grows"):
            store.ask(change)


def test_two_processes_write_one_unbroken_audit_chain(store):
    pair = [open_nexus(store.folder, alone=False) for _ in range(2)]

    def edit(number, nexus):
        for turn in range(10):
            nexus.flows.save(
                nexus.people.console(), WAITS.replace("id: a", f"id: f{number}-{turn}")
            )

    threads = [threading.Thread(target=edit, args=pair_) for pair_ in enumerate(pair)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owner = pair[0].people.console()
    assert pair[0].audit.verify(owner).fine
    assert len(pair[0].flows.list(owner)) == 20
    for one in pair:
        one.close()


def test_texts_of_any_length_are_kept_as_on_sqlite(committer, store):
    committer.submit([(NEW_EVENT, (1, "s" * 5000, "t", "ü" * 900, 0, 0, None, b"{}", 0))]).wait()
    assert store.ask("select length(source), length(subject) from event") == [(5000, 900)]


def test_a_database_out_of_reach_is_said_in_one_line_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "postgresql://nexus:hush-hush@127.0.0.1:1/nexus")
    with pytest.raises(Refused) as refused:
        Database(tmp_path)
    assert "cannot be reached" in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("url", ["mysql://a@b/c", "nonsense", "postgresql"])
def test_an_address_that_is_none_is_refused(tmp_path, monkeypatch, url):
    monkeypatch.setenv(VARIABLE, url)
    with pytest.raises(Refused, match=VARIABLE):
        Database(tmp_path)

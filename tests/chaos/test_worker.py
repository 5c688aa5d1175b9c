"""The worker dies: another one serves within seconds, unless that can bring nothing."""

import sqlite3
import time

import psutil
import pytest

from nexus.core.model.problem import Refused
from nexus.core.store.lock import FILE, lock_folder

pytestmark = pytest.mark.xdist_group("processes")


def test_a_killed_worker_is_replaced_and_the_folder_stays_locked(tmp_path, server):
    data = tmp_path / "data"
    server.start()
    server.kill("worker")
    with pytest.raises(Refused, match=f"process {server.process.pid}"):
        lock_folder(data)
    again = server.worker
    server.kill("parent")
    assert not again.is_running()
    lock_folder(data).close()
    log = (data / "serve.log").read_text()
    assert log.count("The worker died (SIGKILL) and is started again.") == 1


def test_a_stop_after_a_death_is_as_polite_as_ever(server):
    server.start()
    server.kill("worker")
    assert server.stop() == 0


def test_a_worker_that_dies_again_and_again_ends_nexus_with_one_line(tmp_path, server):
    server.start()
    while server.process.is_running() and server.process.status() != psutil.STATUS_ZOMBIE:
        for worker in server.process.children():
            worker.kill()
        time.sleep(0.01)
    assert server.process.wait(timeout=10) == 1
    log = (tmp_path / "data" / "serve.log").read_text()
    assert log.count("The worker died 10 times within 60 seconds: Nexus ends.") == 1
    assert log.count("is started again") == 9
    assert "Traceback" not in log
    lock_folder(tmp_path / "data").close()


def test_a_parent_killed_while_the_worker_still_starts_leaves_no_orphan(server):
    server.start()
    server.worker.kill()
    old = server.process.children()
    while not (young := [one for one in server.process.children() if one not in old]):
        time.sleep(0.001)
    server.process.kill()
    server.process.wait(timeout=10)
    psutil.wait_procs(young, timeout=10)
    assert not any(one.is_running() for one in young)
    assert not server.answers()


def test_what_cannot_be_opened_is_said_once_and_not_tried_again(tmp_path, server):
    data = tmp_path / "data"
    with sqlite3.connect(data / "nexus.db") as connection:
        connection.execute("update meta set value = '99' where name = 'schema'")
    connection.close()
    server.start()
    assert server.process.wait(timeout=10) == 1
    log = (data / "serve.log").read_text()
    assert log.count("written by a newer Nexus") == 1
    assert "started again" not in log
    assert "Traceback" not in log
    assert (data / FILE).read_text() == str(server.process.pid)

"""A disk that will not sync: nothing is claimed to be kept, nothing more is taken, Nexus ends."""

import os
import runpy
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert

from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus
from nexus.core.redact import Redactor
from nexus.core.store.committer import Committer
from nexus.core.store.database import Database
from nexus.core.store.tables import meta
from nexus.core.store.ticket import Unavailable

pytestmark = pytest.mark.xdist_group("processes")
UNSYNCED = str(Path(__file__).parent / "unsynced.py")
stop_syncing = runpy.run_path(UNSYNCED)["stop_syncing"]
FLOW = "id: hear\ntrigger: [{use: core.webhook}]\ndo:\n  - keep: {set: 1}\n"


def note(name):
    return lambda execute: execute(insert(meta).values(name=name, value="x"))


def test_after_a_failed_sync_a_sync_that_would_succeed_is_not_believed(tmp_path):
    database = Database(tmp_path)
    committer = Committer(database, Redactor())
    told = []
    database.on_lost = lambda: told.append("lost")
    committer.call(note("before")).wait()
    replaced = stop_syncing(tmp_path)
    with pytest.raises(Unavailable, match="disk I/O error"):
        committer.call(note("during")).wait()
    for descriptor, real in replaced:
        os.dup2(real, descriptor)
        os.close(real)
    with pytest.raises(Unavailable, match="would not sync"):
        committer.call(note("after")).wait()
    with pytest.raises(Refused, match="takes nothing more"), database.write():
        pass
    committer.close()
    database.close()
    assert told == ["lost"]
    assert names(tmp_path) >= {"before"}
    assert names(tmp_path).isdisjoint({"during", "after"})


def test_a_short_write_that_is_not_synced_ends_writing_too(tmp_path):
    database = Database(tmp_path)
    told = []
    database.on_lost = lambda: told.append("lost")
    stop_syncing(tmp_path)
    with pytest.raises(Exception, match="disk I/O error"), database.write() as connection:
        connection.execute(insert(meta).values(name="during", value="x"))
    assert told == ["lost"]
    database.close()


def names(folder):
    connection = sqlite3.connect(folder / "nexus.db")
    found = {row[0] for row in connection.execute("select name from meta")}
    connection.close()
    return found


def test_a_server_whose_disk_does_not_sync_ends_with_1_and_loses_nothing_it_took(tmp_path):
    data = tmp_path / "data"
    nexus = open_nexus(data)
    owner = nexus.people.console()
    nexus.flows.save(owner, FLOW)
    nexus.flows.publish(owner, "hear")
    path = nexus.flows.show(owner, "hear").hooks[0].path
    nexus.close()
    server, url = serve(data)
    assert send(url + path, 0) == 202
    (data / "break").touch()
    await_file(data / "broken")
    answers = [send(url + path, number) for number in range(1, 4)]
    assert set(answers) <= {503, 0}
    assert 503 in answers
    assert server.wait(20) == 1
    server, url = serve(data)
    assert [send(url + path, 0), send(url + path, 5)] == [200, 202]
    server.send_signal(signal.SIGTERM)
    server.wait(20)


def serve(data):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (data.parent / "log").open("a")
    server = subprocess.Popen([sys.executable, UNSYNCED, str(data), str(port)], stderr=log)
    log.close()
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 60
    while send(url + "/healthz", 0) == 0:
        assert time.monotonic() < end and server.poll() is None, (data.parent / "log").read_text()
        time.sleep(0.05)
    return server, url


def send(url, number):
    """Send one delivery; 0 when nobody answers."""
    try:
        return httpx.post(url, json={}, headers={"Idempotency-Key": str(number)}).status_code
    except httpx.TransportError:
        return 0


def await_file(path):
    end = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.1)

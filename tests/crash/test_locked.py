"""A second writer holds the lock of SQLite: every sender hears 503 in time; nothing is kept."""

import sqlite3
import threading
import time

from nexus.core.nexus import open_nexus
from nexus.ui.web import create_web

FLOW = """
id: hear
name: Hear
modules: [core]
trigger:
  - use: core.webhook
do:
  - note: {set: {a: 1}}
"""
BUSY = 5.0  # seconds: SQLite's busy timeout in core/store/sqlite.py


def test_a_locked_database_answers_503_within_the_busy_timeout_and_keeps_nothing(tmp_path):
    nexus = open_nexus(tmp_path)
    nexus.start()
    owner = nexus.people.console()
    nexus.flows.save(owner, FLOW)
    nexus.flows.publish(owner, "hear")
    path = nexus.flows.show(owner, "hear").hooks[0].path
    web = create_web(nexus, secret_key="k" * 40)
    other = sqlite3.connect(tmp_path / "nexus.db", isolation_level=None)
    other.execute("begin immediate")
    heard = []

    def send(number):
        began = time.monotonic()
        answer = web.test_client().post(path, json={}, headers={"Idempotency-Key": str(number)})
        heard.append((answer.status_code, "Retry-After" in answer.headers, answer.text))
        assert time.monotonic() - began < BUSY + 3

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.execute("rollback")
    other.close()
    assert {(status, retry) for status, retry, _ in heard} == {(503, True)}
    assert len(heard) == 12
    assert all("Traceback" not in text for _, _, text in heard)
    assert nexus.runs.list(owner).rows == []
    again = web.test_client().post(path, json={}, headers={"Idempotency-Key": "1"})
    assert again.status_code == 202
    nexus.close()

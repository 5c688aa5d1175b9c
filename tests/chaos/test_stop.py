"""A polite stop: what is under way comes home, nothing new begins, the exit code is 0."""

import json
import sqlite3
import urllib.request

import pytest


def calls(ledger):
    with sqlite3.connect(ledger) as connection:
        found = connection.execute("select step from call order by at").fetchall()
    connection.close()
    return [step for (step,) in found]


def states(data):
    with sqlite3.connect(data / "nexus.db") as connection:
        found = connection.execute("select state from run").fetchall()
    connection.close()
    return [state for (state,) in found]


@pytest.mark.xdist_group("processes")
def test_a_stop_waits_for_the_effect_under_way_and_the_next_start_goes_on(
    tmp_path, server, paths, sink, audit, eventually
):
    server.start()
    told = send(server.port, paths["slow"])
    (tmp_path / "acks.jsonl").write_text(json.dumps({"key": "one", **told}) + "\n")
    eventually(lambda: calls(sink[1]) == ["first"])
    assert server.stop() == 0
    assert calls(sink[1]) == ["first"]
    assert states(tmp_path / "data") == [3]
    server.start()
    eventually(lambda: states(tmp_path / "data") == [7])
    assert server.stop() == 0
    assert sorted(set(calls(sink[1]))) == ["first", "second"]
    assert calls(sink[1]).count("first") == 1
    assert audit()["findings"] == []


def send(port, path):
    headers = {"Content-Type": "application/json", "Idempotency-Key": "one"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", b"{}", headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202
        return json.loads(answer.read())


@pytest.fixture
def eventually():
    import time

    def eventually(fact, seconds=15):
        end = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < end, "it did not come about in time"
            time.sleep(0.02)

    return eventually

"""JSON logs: a line an event, with ids, without secrets; without them nobody follows commits."""

import io
import json
import logging

import pytest

from nexus.core.redact import RedactingFormatter
from nexus.core.upkeep.follow import Follower
from nexus.core.upkeep.tell import JsonLines, tell

SECRET = "canary-0123456789-secret"


@pytest.fixture
def lines(nexus):
    """What the server would write with --log json."""
    stream, log = io.StringIO(), logging.getLogger("nexus")
    handler, level = logging.StreamHandler(stream), log.level
    handler.setFormatter(RedactingFormatter(nexus.redactor, JsonLines()))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    Follower(nexus.engine, (tell,))
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.removeHandler(handler)
    log.setLevel(level)


def test_an_event_and_the_end_of_its_run_are_a_line_each(publish, send, lines, greet, until):
    receipt = send(publish(greet))
    until(lambda: len(lines()) >= 2)
    accepted, done = lines()[:2]
    assert (accepted["says"], accepted["event"]) == ("event accepted", receipt.event_id)
    assert accepted["source"] == "hook:greet"
    assert (done["run"], done["flow"], done["state"]) == (receipt.run_ids[0], "greet", "done")
    assert done["at"].endswith("Z")


def test_a_run_that_calls_out_is_named_when_it_ends_and_when_it_waits(
    nexus, owner, tell, send, lines, http_sink, until
):
    ended = send(tell, b'{"id": 1}').run_ids[0]
    waits = send(tell, b'{"later": true}').run_ids[0]
    until(lambda: len([line for line in lines() if "state" in line]) >= 2)
    states = {line["run"]: (line["flow"], line["state"]) for line in lines() if "state" in line}
    assert states == {ended: ("tell", "done"), waits: ("tell", "waiting")}


def test_no_secret_is_in_a_line_and_a_fault_stays_one_line(nexus, owner, lines, http_sink):
    values = {"base_url": http_sink.url, "secret": SECRET}
    nexus.connections.set(owner, "api", "http", values, ["127.0.0.0/8"])
    try:
        raise ValueError(f"it said {SECRET}\nand more")
    except ValueError:
        logging.getLogger("nexus.test").exception("broke with %s", SECRET)
    (line,) = lines()
    assert SECRET not in json.dumps(line)
    assert "ValueError" in line["error"]
    assert line["level"] == "error"


def test_who_asks_for_no_lines_pays_for_none(nexus):
    assert nexus.engine.committer.on_commit == nexus.engine.pulse.touch


def test_what_a_slow_listener_cannot_take_is_dropped_and_no_run_waits(
    nexus, owner, publish, send, monkeypatch, greet, until
):
    monkeypatch.setattr("nexus.core.upkeep.follow.MOST", 1)
    follower = Follower(nexus.engine, (lambda happening: until(lambda: stop),))
    stop, key = [], publish(greet)
    run_ids = [send(key).run_ids[0] for _ in range(10)]
    assert all(nexus.runs.wait(owner, one, 10).state.is_over for one in run_ids)
    assert follower.dropped
    stop.append(True)

"""Runs wait for a connection that is missing, off or refused, and go on by themselves."""

import sqlite3
import time

import pytest

from nexus.core.doctor import examine
from nexus.core.host.connections import About
from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.core.nexus import open_nexus

HOUR = 3600 * 1_000_000
SECRET = "Bearer the-shops-key-01"


@pytest.fixture
def connect(nexus, owner, http_sink):
    """Set the shop's connection to the sink."""

    def make(secret: str = SECRET, url: str = ""):
        port = http_sink.url.rpartition(":")[2]
        values = {"base_url": url or http_sink.url, "secret": secret}
        return nexus.connections.set(owner, "shop", "http", values, [f"127.0.0.1:{port}"])

    return make


def test_a_run_waits_for_a_missing_connection_and_goes_on_once_it_is_set(
    start, until, connect, http_sink
):
    run = start()
    row = until(run, RunState.WAITING)
    assert (row.fault.code, row.awaits) == ("connection_missing", "shop")
    assert row.due is not None

    connect()
    assert until(run, RunState.DONE).awaits == ""
    assert len(http_sink.requests) == 1


def test_a_run_whose_credentials_were_refused_goes_on_under_the_same_key(
    start, until, connect, http_sink, nexus, owner
):
    connect("Bearer an-old-key-000")
    http_sink.answers = [(401, b'{"error": "bad key"}')]
    run = start("post")
    row = until(run, RunState.WAITING)
    assert (row.fault.code, row.awaits) == ("connection_broken", "shop")
    shop = nexus.connections.show(owner, "shop")
    assert (shop.health, shop.waiting) == ("broken", 1)
    assert "401" in shop.says

    connect()
    until(run, RunState.DONE)
    first, second = http_sink.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert second.headers["authorization"] == SECRET


def test_a_refused_key_is_not_tried_by_every_further_run(start, until, connect, http_sink):
    connect()
    http_sink.answer = (401, b"{}")
    until(start(), RunState.WAITING)
    others = [start() for _ in range(3)]
    for run in others:
        until(run, RunState.WAITING)
    assert len(http_sink.requests) == 1


def test_a_test_that_works_wakes_the_runs(start, until, connect, http_sink, nexus, owner):
    connect()
    http_sink.answers = [(401, b"{}")]
    run = start()
    until(run, RunState.WAITING)
    assert nexus.connections.test(owner, "shop").health == "ok"
    until(run, RunState.DONE)
    assert nexus.connections.show(owner, "shop").health == "ok"


def test_while_a_connection_is_off_its_runs_wait(start, until, connect, nexus, owner):
    connect()
    nexus.connections.turn(owner, "shop", False)
    run = start()
    assert "turned off" in until(run, RunState.WAITING).fault.message
    nexus.connections.turn(owner, "shop", True)
    until(run, RunState.DONE)


def test_waiting_does_not_use_the_tries_up(start, until, connect, http_sink, nexus, owner):
    run = start()
    for _ in range(8):
        until(run, RunState.WAITING)
        nexus.runs.resume("shop")
        nexus.runs.wait(owner, run, 0.1)
    connect()
    until(run, RunState.DONE)


def test_a_waiting_run_survives_a_restart(start, until, connect, nexus, owner, tmp_path):
    run = start()
    until(run, RunState.WAITING)
    connect()
    nexus.close()
    again = open_nexus(tmp_path / "data")
    try:
        again.start()
        assert again.runs.wait(owner, run, 10).state is RunState.DONE
    finally:
        again.close()


def test_the_intent_names_the_connections_version_and_never_holds_its_secret(
    start, until, connect, tmp_path, nexus
):
    connect()
    until(start("post"), RunState.DONE)
    with sqlite3.connect(tmp_path / "data" / "nexus.db") as raw:
        ((pin, request),) = raw.execute("select connection, request from effect").fetchall()
    assert pin.startswith("con_") and pin.endswith(":1")
    assert b"key" not in request


def test_a_secret_in_an_effects_input_is_never_sent(start, until, connect, http_sink, nexus, owner):
    connect()
    flow = (
        "id: leak\nname: Leak\ntrigger: [{use: core.webhook}]\n"
        "do: [{ask: {call: http.post, with: {url: 'http://127.0.0.1:9/', body: "
        '\'{{ "the-shops" + "-key-01" }}\'}}}]\n'
    )
    nexus.flows.save(owner, flow)
    nexus.flows.publish(owner, "leak")
    nexus.flows.turn(owner, "leak", True)
    run = nexus.inbox.send(owner, "leak", {}).run_ids[0]
    assert until(run, RunState.FAILED).fault.code == "secret_in_input"


def test_a_flow_that_holds_a_secret_is_not_kept(connect, nexus, owner):
    connect()
    step = f"{{a: {{set: {{k: '{SECRET}'}}}}}}"
    flow = f"id: x\nname: x\ntrigger: [{{use: core.webhook}}]\ndo: [{step}]\n"
    with pytest.raises(Refused, match="holds a secret"):
        nexus.flows.save(owner, flow)


def test_the_daily_check_finds_a_broken_connection_before_a_run_does(
    connect, http_sink, nexus, owner
):
    connect()
    http_sink.answer = (401, b"{}")
    checkup, now = nexus.connections.checkup, nexus.clock.now()
    assert checkup.tick(now) > now + 23 * HOUR
    assert http_sink.requests == []

    checkup.tick(now + 25 * HOUR)

    def is_broken():
        return nexus.connections.show(owner, "shop").health == "broken"

    end = time.monotonic() + 10
    while not is_broken():
        assert time.monotonic() < end
        time.sleep(0.02)
    said = [one for one in examine(nexus, owner) if one.what == "connections"]
    assert ["shop is broken" in one.says for one in said if one.attention] == [True]


def test_the_owner_is_warned_before_credentials_end(connect, nexus, owner):
    row = connect()
    for days, warned in ((30, False), (10, True), (-1, True)):
        about = About(expires=nexus.clock.now() + days * 24 * HOUR)
        nexus.connections.set(owner, "shop", "http", row.values, None, about)
        said = [one.says for one in examine(nexus, owner) if one.attention]
        assert any("credentials of shop" in one for one in said) is warned, days

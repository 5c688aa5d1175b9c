"""Figures in Prometheus' own text, for this machine or a token, with bounded labels."""

import re

import pytest

from nexus.core.upkeep.metrics import MOST_FLOWS
from nexus.ui.api import api
from nexus.ui.doors import Doors
from nexus.ui.web import create_web

LINE = re.compile(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?\d+(\.\d+)?(e[+-]\d+)?')
FAIL = """\
id: fail{n}
name: Fail
trigger:
  - use: core.webhook
do:
  - stop: {{raise: {{code: no, message: "No."}}}}
"""


@pytest.fixture
def web(nexus):
    return create_web(nexus, secret_key="k" * 40, apis=[api], doors=Doors()).test_client()


def read(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


def test_every_line_is_one_that_prometheus_reads(web, publish, send, greet):
    send(publish(greet))
    answer = web.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    for line in answer.text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line), line
    assert answer.text.endswith("\n")
    figures = read(answer.text)
    assert int(figures["nexus_commits_total"]) >= 1
    assert figures["nexus_on_hold"] == "0"
    assert int(figures["nexus_database_bytes"]) > 100_000


def test_runs_are_counted_by_state_and_trouble_by_flow_up_to_a_bound(
    nexus, owner, web, publish, send
):
    key = publish(FAIL.format(n=0))
    run_ids = [send(key).run_ids[0] for _ in range(3)]
    for run_id in run_ids:
        nexus.runs.wait(owner, run_id, 10)
    figures = read(web.get("/metrics").text)
    assert figures['nexus_runs{state="failed"}'] == "3"
    assert figures['nexus_flow_trouble{flow="fail0",state="failed"}'] == "3"
    worst = nexus.upkeep.metrics._by_flow()
    assert len(worst) <= 2 * MOST_FLOWS


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_whoever_comes_through_a_proxy_needs_a_token(web, name):
    assert web.get("/metrics", headers={name: "203.0.113.9"}).status_code == 401


def test_another_machine_needs_a_token_with_the_right_to_it(nexus, owner, web):
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert web.get("/metrics", environ_base=far).status_code == 401
    for token, status in (
        (nexus.tokens.for_console(), 200),
        (nexus.tokens.make(owner, "t", ["flow.read"])[1], 403),
        (nexus.tokens.make(owner, "m", ["installation.read"])[1], 200),
        ("nx_unknown", 401),
    ):
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/plain"}
        answer = web.get("/metrics", environ_base=far, headers=headers)
        assert answer.status_code == status, (token, answer.text)


def test_a_hold_shows_in_the_figures(nexus, owner, web):
    nexus.upkeep.standing.hold(owner, "Wait.")
    assert read(web.get("/metrics").text)["nexus_on_hold"] == "1"

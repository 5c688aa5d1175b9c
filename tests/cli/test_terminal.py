"""At a terminal secrets are asked for, and what is typed is not shown."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

SECRET = "geheim-1234"


@pytest.fixture
def typed(folder):
    """Call the command line at a terminal that types; returns the exit code and all it showed."""

    def call(*words: str, types: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        command = [str(Path(sys.executable).with_name("nexus")), "--data", str(folder), *words]
        running = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        shown = read_until(ours, ": ") if types else ""
        os.write(ours, types.encode())
        shown += read_until(ours, None)
        os.close(ours)
        return running.wait(timeout=30), shown

    return call


def read_until(terminal: int, end: str | None) -> str:
    """Read what is shown up to `end`; without one, until the command is over."""
    shown, limit = b"", time.monotonic() + 30
    while time.monotonic() < limit and not (end and shown.endswith(end.encode())):
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux says so when the other side is closed
            break
        if not part:
            break
        shown += part
    return shown.decode()


def test_a_connections_secret_is_asked_for(typed, nexus):
    words = ("connection", "set", "shop", "--module", "http", "base_url=https://shop.example")
    code, shown = typed(*words, types=f"{SECRET}\n")
    assert (code, SECRET in shown) == (0, False), shown
    (row,) = json.loads(nexus("connection", "list", "--json").out)["rows"]
    assert [one["field"] for one in row["secrets"]] == ["secret"]


def test_an_empty_answer_leaves_the_secret_out(typed, nexus):
    words = ("connection", "set", "shop", "--module", "http", "base_url=https://shop.example")
    assert typed(*words, types="\n")[0] == 0
    (row,) = json.loads(nexus("connection", "list", "--json").out)["rows"]
    assert row["values"] == {"base_url": "https://shop.example"}


def test_a_hooks_secret_is_asked_for(typed, nexus, flows):
    code, shown = typed("hook", "secret", "greet", types=f"{SECRET}\n")
    assert (code, SECRET in shown) == (0, False), shown


def test_a_wait_shows_its_progress(typed, nexus, flows):
    sent = nexus("event", "send", "-", "--hook", "patient", "--json", given="{}")
    (run_id,) = json.loads(sent.out)["run_ids"]
    code, shown = typed("run", "wait", run_id, "--timeout", "3", types="")
    assert (code, "Waiting" in shown) == (1, True), shown
    assert "Waiting" not in nexus("run", "wait", run_id, "--timeout", "1").err

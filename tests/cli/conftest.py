"""The command line as a person calls it: in this process, and as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from nexus.app import create_app
from nexus.ui.cli import Console, cli

NEXUS = Path(sys.executable).with_name("nexus")
GREET = """\
id: greet
name: Greet
settings: {words: {type: string, default: Hello}, days: {type: integer, default: 3}}
trigger:
  - use: core.webhook
do:
  - stop: {raise: {code: rude, message: "No name."}, if: event.data.name == null}
  - hello: {set: {text: "{{ settings.words }} {{ event.data.name }}"}}
"""
PATIENT = """\
id: patient
name: Patient
trigger:
  - use: core.webhook
do:
  - pause: {wait: 3d}
"""
WRONG = """\
id: wrong
name: Wrong
trigger:
  - use: core.webhook
do:
  - note: {call: core.nte}
"""


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def nexus(folder):
    """Call the command line in this process."""

    def refuse_to_serve(data: Path, port: int, demo: bool) -> None:
        raise AssertionError("no test serves in its own process")

    def call(*words: str, given: str = "") -> Said:
        console = Console(refuse_to_serve, create_app)
        done = CliRunner().invoke(cli, ["--data", str(folder), *words], input=given, obj=console)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Said(done.exit_code, done.stdout, done.stderr)

    return call


@pytest.fixture
def process(folder, tmp_path):
    """Call the command line as a process of its own."""

    def call(*words: str, given: str = "", **variables: str) -> Said:
        environment = os.environ | {"NEXUS_DATA": str(folder)} | variables
        command = [str(NEXUS), *words]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, input=given, env=environment,
            timeout=60, cwd=tmp_path,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path as text."""

    def make(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return make


@pytest.fixture
def flows(nexus, write):
    """Two published flows."""
    files = [write("greet.yaml", GREET), write("patient.yaml", PATIENT)]
    assert nexus("flow", "import", *files).code == 0
    for flow in ("greet", "patient"):
        assert nexus("flow", "publish", flow).code == 0


@pytest.fixture
def wrong(write):
    """The path of a flow that calls an action which does not exist."""
    return write("wrong.yaml", WRONG)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(folder, tmp_path):
    """A running server on the data folder; yields its address."""
    port = free_port()
    command = [str(NEXUS), "--data", str(folder), "serve", "--port", str(port)]
    with (tmp_path / "server.log").open("w") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log)
    end = time.monotonic() + 30
    while not (folder / "server.json").exists():
        assert running.poll() is None, (tmp_path / "server.log").read_text()
        assert time.monotonic() < end
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=20) == 0

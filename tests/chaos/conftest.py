"""A real `nexus serve` that can be killed, a client that never gives up, a sink with a ledger."""

import contextlib
import ctypes
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import psutil
import pytest

from nexus.core.nexus import open_nexus

HERE = Path(__file__).parent
SERVE = (
    "import sys, pathlib; from nexus.app import serve;"
    " serve(pathlib.Path(sys.argv[1]), int(sys.argv[2]), False)"
)
FLOWS = {
    "plain": """
id: plain
name: Plain
modules: [core, http]
trigger:
  - use: core.webhook
key: event.data.id
do:
  - big: {if: event.data.amount > 100, set: {tag: "big {{ event.data.id }}"}}
  - send:
      call: http.post
      connection: sink
      with: {url: "", body: {run: "{{ run.id }}", step: send, tag: "{{ steps.big.tag }}"}}
      retry: {times: 20, delay: 1s}
""",
    "long": """
id: long
name: Long
modules: [core, http]
trigger:
  - use: core.webhook
key: event.data.id
do:
  - each:
      for: "{{ event.data.items }}"
      do:
        - price: {set: {n: "{{ item * 2 }}"}}
        - ship:
            call: http.post
            connection: sink
            with:
              url: ""
              body:
                run: "{{ run.id }}"
                step: ship
                turn: "{{ string(index) }}"
                n: "{{ steps.price.n }}"
            retry: {times: 20, delay: 1s}
  - pause: {wait: 1s}
  - close:
      call: http.post
      connection: sink
      with: {url: "", body: {run: "{{ run.id }}", step: close, count: "{{ steps.each.count }}"}}
      retry: {times: 20, delay: 1s}
""",
    "slow": """
id: slow
name: Slow
modules: [core, http]
trigger:
  - use: core.webhook
do:
  - first:
      call: http.post
      connection: sink
      with: {url: "", body: {run: "{{ run.id }}", step: first, sleep: 2}}
  - second:
      call: http.post
      connection: sink
      with: {url: "", body: {run: "{{ run.id }}", step: second}}
      retry: {times: 20, delay: 1s}
""",
}


def die_with_me() -> None:
    """End the child when the tests do, however they end."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(fact, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, f"{what} within {seconds} s"
        time.sleep(0.02)


class Server:
    """`nexus serve` on a data folder, started again and again."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.process: psutil.Popen | None = None
        self.log = (data / "serve.log").open("ab")

    def start(self) -> None:
        """Start it, unless it lives on."""
        if self.process and self.process.is_running():
            return
        command = [sys.executable, "-c", SERVE, str(self.data), str(self.port)]
        self.process = psutil.Popen(
            command, stdout=self.log, stderr=self.log, preexec_fn=die_with_me
        )
        until(lambda: self.answers() or self.process.poll() is not None, 30, "the server answers")

    def answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def worker(self) -> psutil.Process:
        until(self.process.children, 10, "the server has its worker")
        return self.process.children()[0]

    def kill(self, how: str) -> None:
        """Kill the worker: another serves. Kill the parent or both: nothing of it lives on."""
        worker = self.worker
        if how == "worker":
            worker.kill()
            psutil.wait_procs([worker], timeout=10)
            until(self.answers, 15, "another worker answers")
            assert self.worker.pid != worker.pid
            return
        for victim in {"parent": [self.process], "both": [self.process, worker]}[how]:
            os.kill(victim.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        psutil.wait_procs([worker], timeout=10)
        assert not worker.is_running(), f"after the kill of the {how} its worker lives on"
        assert not self.process.is_running(), f"after the kill of the {how} its parent lives on"
        assert not self.answers(), f"after the kill of the {how} somebody still answers"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


class Client:
    """Sends events and repeats each under its key until it is acknowledged; notes what it got."""

    def __init__(self, port: int, paths: dict[str, str], log: Path) -> None:
        self._port, self._paths = port, paths
        self._log, self._lock = log.open("a"), threading.Lock()
        self.going, self.statuses = True, {}
        self._threads = [threading.Thread(target=self._work) for _ in range(6)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        self.going = False
        for thread in self._threads:
            thread.join(timeout=60)
        self._log.close()

    def _work(self) -> None:
        draw = random.Random()
        while self.going:
            flow = draw.choice(["plain", "plain", "plain", "long"])
            key = uuid.uuid4().hex
            data = {"id": key, "amount": draw.randint(1, 200), "items": [1, 2, 3]}
            while not self._send(flow, key, json.dumps(data)):
                time.sleep(0.05)
            time.sleep(0.01)

    def _send(self, flow: str, key: str, body: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            connection.request("POST", self._paths[flow], body, headers)
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        with self._lock:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            if answer.status in (200, 202):
                self._log.write(json.dumps({"key": key, **json.loads(told)}) + "\n")
                self._log.flush()
        return answer.status in (200, 202)


@pytest.fixture
def sink(tmp_path):
    """The sink's process; yields its port and its ledger."""
    ledger = tmp_path / "sink.db"
    process = subprocess.Popen(
        [sys.executable, str(HERE / "sink.py"), str(ledger)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_me,  # noqa: PLW1509 - one prctl call, which takes no lock
    )
    yield int(process.stdout.readline()), ledger
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def paths(tmp_path, sink):
    """Publish the flows on the data folder; yields their addresses."""
    nexus = open_nexus(tmp_path / "data")
    owner, (port, _) = nexus.people.console(), sink
    url = f"http://127.0.0.1:{port}/call"
    nexus.connections.set(owner, "sink", "http", {"base_url": url}, [f"127.0.0.1:{port}"])
    for flow_id, source in FLOWS.items():
        nexus.flows.save(owner, source)
        nexus.flows.publish(owner, flow_id)
    found = {name: nexus.flows.show(owner, name).hooks[0].path for name in FLOWS}
    nexus.close()
    return found


@pytest.fixture
def server(tmp_path, paths):
    server = Server(tmp_path / "data")
    yield server
    if server.process and server.process.is_running():
        for process in [*server.process.children(recursive=True), server.process]:
            process.kill()
    server.log.close()


@pytest.fixture
def client(tmp_path, server, paths):
    client = Client(server.port, paths, tmp_path / "acks.jsonl")
    yield client
    client.finish()


@pytest.fixture
def audit(tmp_path, sink):
    """Run the auditor and return what it found."""

    def audit() -> dict:
        command = [sys.executable, str(HERE / "auditor.py")]
        files = [str(tmp_path / "data"), str(sink[1]), str(tmp_path / "acks.jsonl")]
        done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return audit

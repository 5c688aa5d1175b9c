"""Servers and workers as processes of their own, on one PostgreSQL database."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores import Store

from nexus.core.nexus import Nexus, open_nexus

NEXUS = str(Path(sys.executable).parent / "nexus")
FLOW = """
id: tell
name: Tell
modules: [core, http]
trigger:
  - use: core.webhook
do:
  - told: {call: http.post, with: {url: "", body: "{{ event.data }}"}, connection: sink}
"""


class Crew:
    """Every process on one database. `hook` is the address of the flow `tell`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hook = ""
        self._all: list[subprocess.Popen] = []

    def prepare(self, sink_url: str) -> None:
        """Publish a flow that calls the sink; nobody drives anything yet."""
        nexus = open_nexus(self.store.folder)
        owner = nexus.people.console()
        nexus.connections.set(owner, "sink", "http", {"base_url": sink_url}, ["127.0.0.1/32"])
        publish(nexus, FLOW)
        self.hook = nexus.hooks.list(owner)[0].path.rpartition("/")[2]
        nexus.close()

    def worker(self, *words: str) -> subprocess.Popen:
        """Start a worker, and return once it says that it works."""
        process = subprocess.Popen(
            [NEXUS, "worker", "--data", str(self.store.folder), *words],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL),  # noqa: PLW1509 - one call
        )
        self._all.append(process)
        line = process.stderr.readline()
        assert "Nexus works on PostgreSQL" in line, line + process.stderr.read()
        return process

    def front(self) -> Nexus:
        """Be a server without a worker."""
        nexus = open_nexus(self.store.folder, alone=False, drives=False)
        nexus.start()
        return nexus

    def states(self) -> list[int]:
        return [state for (state,) in self.store.ask("select state from run order by id")]

    def close(self) -> None:
        for process in self._all:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(timeout=20)
            process.stderr.close()


def publish(nexus: Nexus, flow: str) -> None:
    owner = nexus.people.console()
    nexus.flows.publish(owner, nexus.flows.save(owner, flow).id)


@pytest.fixture
def store(postgres_server, tmp_path, monkeypatch) -> Iterator[Store]:
    """An empty installation on PostgreSQL."""
    url = postgres_server.url()
    monkeypatch.setenv("NEXUS_DATABASE", url)
    store = Store(tmp_path, url)
    yield store
    store.close()


@pytest.fixture
def crew(store, http_sink) -> Iterator[Crew]:
    crew = Crew(store)
    crew.prepare(http_sink.url)
    yield crew
    crew.close()


@pytest.fixture
def carried(redis_server, monkeypatch):
    """Wake-ups go over this Redis."""
    monkeypatch.setenv("NEXUS_REDIS", redis_server.url)
    return redis_server

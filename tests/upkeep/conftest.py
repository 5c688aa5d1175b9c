"""A whole installation on a real data folder, with flows that wait, finish and call out."""

import sqlite3
import time
from contextlib import contextmanager

import pytest

from nexus.core.clock import SECOND, SystemClock
from nexus.core.nexus import open_nexus

GREET = """\
id: greet
name: Greet
trigger:
  - use: core.webhook
do:
  - hello: {set: {text: "Hello {{ event.data.name }}"}}
"""
TELL = """\
id: tell
name: Tell
modules: [core, http]
trigger:
  - use: core.webhook
do:
  - pause: {wait: 1h, if: event.data.later == true}
  - told: {call: http.post, connection: api, with: {url: /orders, body: "{{ event.data }}"}}
"""


class Ahead(SystemClock):
    """The machine's clock, a while ahead."""

    def __init__(self) -> None:
        self.ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += int(seconds * SECOND)


def wait_for(fact, seconds=15):
    deadline = time.monotonic() + seconds
    while not (value := fact()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)
    return value


def rows_of(folder, query):
    connection = sqlite3.connect(folder / "nexus.db")
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


@contextmanager
def open_and_close(folder, clock=None):
    nexus = open_nexus(folder, clock)
    nexus.start()
    try:
        yield nexus
    finally:
        nexus.close()


@pytest.fixture
def until():
    """Return what waits until a fact holds, and returns it."""
    return wait_for


@pytest.fixture
def ask():
    """Return what asks a data folder's database."""
    return rows_of


@pytest.fixture
def opened():
    """Return what opens an installation and lets it go again."""
    return open_and_close


@pytest.fixture
def greet():
    """A flow that ends at once."""
    return GREET


@pytest.fixture
def clock():
    return Ahead()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def nexus(folder, clock):
    with open_and_close(folder, clock) as nexus:
        yield nexus


@pytest.fixture
def publish(nexus, owner):
    """Publish a document and return the key of its address."""

    def publish(source):
        row = nexus.flows.save(owner, source)
        nexus.flows.publish(owner, row.id)
        (hook,) = nexus.flows.show(owner, row.id).hooks
        return hook.path.removeprefix("/hooks/")

    return publish


@pytest.fixture
def send(nexus):
    def send(key, body=b'{"name": "Ada"}'):
        return nexus.inbox.receive(key, {"content-type": "application/json"}, body)

    return send


@pytest.fixture
def tell(nexus, owner, publish, http_sink):
    """The address of a flow that calls a real server."""
    values = {"base_url": http_sink.url}
    nexus.connections.set(owner, "api", "http", values, ["127.0.0.0/8"])
    return publish(TELL)

"""Real servers for tests: on 127.0.0.1, on free ports, gone when the test is over."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import servers
from aiosmtpd.smtp import SMTP
from hypothesis import HealthCheck, settings
from stores import POSTGRES, SQLITE, Store

from nexus.core.model.actor import Actor
from nexus.core.nexus import Nexus, open_nexus

# A busy machine is slow; that says nothing about the code.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def eventually(holds, timeout: float, what: str) -> None:
    """Return as soon as `holds()` is true; fail with `what` after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end, f"{what} within {timeout} s"
        time.sleep(0.01)


@pytest.fixture
def nexus(tmp_path) -> Iterator[Nexus]:
    """A whole installation on a real data folder, without a web server; its runs are driven."""
    opened = open_nexus(tmp_path / "data")
    opened.start()
    yield opened
    opened.close()


@pytest.fixture
def owner(nexus) -> Actor:
    """Whoever sits at the machine itself."""
    return nexus.people.console()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """A real PostgreSQL for the whole session."""
    try:
        server = servers.Postgres()
    except servers.Missing as missing:
        pytest.skip(str(missing))
    yield server
    server.remove()


@pytest.fixture
def redis_server() -> Iterator[servers.Redis]:
    """A real Redis."""
    try:
        server = servers.Redis()
    except servers.Missing as missing:
        pytest.skip(str(missing))
    yield server
    server.remove()


@pytest.fixture(params=[SQLITE, POSTGRES])
def store(request, tmp_path, monkeypatch) -> Iterator[Store]:
    """An empty installation on SQLite, and once more on PostgreSQL."""
    if request.param == SQLITE:
        yield Store(tmp_path)
        return
    url = request.getfixturevalue("postgres_server").url()
    monkeypatch.setenv("NEXUS_DATABASE", url)
    store = Store(tmp_path, url)
    yield store
    store.close()


@dataclass(frozen=True)
class Mail:
    """One message as the server took it."""

    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class Mailbox:
    """A real SMTP server. `refuse` is answered to each message while it is not empty."""

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    refuse: str = ""

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refuse:
            return self.refuse
        message = message_from_bytes(envelope.content, policy=default)
        self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 OK"

    def wait(self, count: int = 1, timeout: float = 10) -> list[Mail]:
        """Return the messages once there are `count` of them."""
        eventually(lambda: len(self.mails) >= count, timeout, f"{count} mails")
        return list(self.mails)


@pytest.fixture
def smtp_server() -> Iterator[Mailbox]:
    """A real SMTP server at `.host:.port` that keeps what it takes in `.mails`."""
    box = Mailbox()
    with running_loop() as loop:
        started = asyncio.run_coroutine_threadsafe(listen(box, loop), loop)
        server = started.result(timeout=10)
        yield box
        asyncio.run_coroutine_threadsafe(shut(server), loop).result(timeout=10)


async def listen(box: Mailbox, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
    server = await loop.create_server(lambda: SMTP(box, hostname="test"), box.host, 0)
    box.port = server.sockets[0].getsockname()[1]
    return server


async def shut(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="test-loop", daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()


@dataclass(frozen=True)
class Request:
    """One request as the server took it; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Sink:
    """A real HTTP server. `answers` holds (status, body) to give first, then `answer` always."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    answer: tuple[int, bytes] = (200, b'{"ok": true}')
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    delay: float = 0

    def wait(self, count: int = 1, timeout: float = 10) -> list[Request]:
        """Return the requests once there are `count` of them."""
        eventually(lambda: len(self.requests) >= count, timeout, f"{count} requests")
        return list(self.requests)

    def take(self, request: Request) -> tuple[int, bytes]:
        self.requests.append(request)
        time.sleep(self.delay)
        return self.answers.pop(0) if self.answers else self.answer


class Handler(BaseHTTPRequestHandler):
    """Hand every request to the server's sink."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(size))
        status, body = self.server.sink.take(request)
        self.send_response(status)
        for name, value in (self.server.sink.headers | {"Content-Length": len(body)}).items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def log_message(self, *parts) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Forget clients that went away in the middle of an answer."""

    sink: Sink
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """Say nothing."""


@pytest.fixture
def http_sink() -> Iterator[Sink]:
    """A real HTTP server at `.url` that keeps what it takes in `.requests`."""
    server = Server(("127.0.0.1", 0), Handler)
    server.sink = Sink(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server.sink
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def pytest_collection_modifyitems(config, items):
    """Leave what takes long to `make chaos`, which says how many rounds."""
    if "NEXUS_CHAOS_ROUNDS" not in os.environ:
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]

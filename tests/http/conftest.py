"""A real HTTP server on loopback that keeps what it was asked."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        headers = {name.lower(): text for name, text in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(length))
        self.server.asked.append(asked)
        self.server.script(self, asked)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def chunks(self, count: int, size: int) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        piece = b"x" * size
        try:
            for _ in range(count):
                self.wfile.write(b"%x\r\n%s\r\n" % (size, piece))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(2)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """`script(handler, asked)` decides each answer; `asked` keeps each request."""

    daemon_threads = True

    def __init__(self, script: Any = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.script = script or (lambda handler, asked: handler.say(200, b"hello"))
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    real = Server()
    yield real
    real.stop()


@pytest.fixture
def canary() -> Iterator[Server]:
    """A real server that nobody may reach; every test ends with the proof."""
    real = Server()
    yield real
    real.stop()
    assert real.asked == []


@pytest.fixture
def make_server() -> Iterator[Callable[[Any], Server]]:
    made: list[Server] = []

    def make(script: Any) -> Server:
        made.append(Server(script))
        return made[-1]

    yield make
    for real in made:
        real.stop()

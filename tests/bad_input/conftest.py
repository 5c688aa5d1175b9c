"""A real `nexus serve` on a free port, spoken to as strangers, machines and people speak to it."""

import base64
import json
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

SERVE = (
    "import sys, pathlib; from nexus.app import serve;"
    " serve(pathlib.Path(sys.argv[1]), int(sys.argv[2]), False)"
)
LINK = re.compile(r"/sign-in\?token=(\S+)")
CANARY = "canary-3f9a1b77"  # the secret that must never be shown
SECRETS = {
    "token": CANARY,
    "basic": f"user:{CANARY}",
    "standard": "whsec_" + base64.b64encode(CANARY.encode().ljust(24, b"-")).decode(),
}
FLOW = "id: {id}\ntrigger:\n  - use: core.{use}\ndo:\n  - keep: {{set: {{text: ok}}}}\n"
ADDRESSES = {
    "plain": "webhook",
    "token": "webhook_token",
    "basic": "webhook_basic",
    "standard": "webhook_standard",
}
JSON = "application/json"
PROBLEM = "application/problem+json"
PATIENCE = 60


def check_refusal(answer: Any, *statuses: int) -> dict[str, Any]:
    """Hold a refusal to what every refusal owes a person; return the problem."""
    problem = answer.problem if isinstance(answer, Answer) else answer.json()
    status = answer.status if isinstance(answer, Answer) else answer.status_code
    assert status in (statuses or range(400, 500)), problem
    if not isinstance(answer, Answer):
        assert answer.headers["content-type"] == PROBLEM
    assert problem["code"] and problem["title"].endswith((".", "?"))
    assert problem.get("hint") or problem.get("expected") or problem.get("detail"), problem
    assert problem["status"] == status
    assert CANARY not in str(problem) and "Traceback" not in str(problem)
    return problem


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The server's process; it can be killed and started again on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.port = free_port()
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(self.folder), str(self.port)], stderr=log
            )
        self._await(lambda: LINK.search(self.said()) and self.knows().get("port") == self.port)

    def _await(self, holds) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"the server did not start:\n{self.said()}"
            assert self._process.poll() is None, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        return self.log.read_text()

    def knows(self) -> dict[str, Any]:
        """What the server tells the command line: where it is, and a token."""
        try:
            told = json.loads((self.folder / "server.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return told | {"port": int(told["url"].rpartition(":")[2])}

    def kill(self) -> None:
        """End it as a power cut does, the worker too."""
        worker = self.knows()["pid"]
        (self.folder / "server.json").unlink()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)
        self._await_end(worker)

    def _await_end(self, pid: int) -> None:
        end = time.monotonic() + 20
        while (stat := Path(f"/proc/{pid}/stat")).exists() and " Z " not in stat.read_text():
            assert time.monotonic() < end, "an orphan serves on"
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@dataclass(frozen=True)
class Answer:
    """What came back over a raw socket; `status` is 0 when nothing did before the end."""

    status: int
    head: str
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert f"content-type: {PROBLEM}" in self.head.lower(), self.head
        return json.loads(self.body)


class World:
    """The served installation with its flows, and every way to speak to it."""

    canary = CANARY
    secrets = SECRETS

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{server.port}"
        self.stranger = httpx.Client(base_url=self.url, timeout=30)
        self.enter()
        for name, use in ADDRESSES.items():
            self.publish(name, FLOW.format(id=name, use=use))
        self.hooks = {row["name"]: row["path"] for row in self.api.get("/hooks").json()["rows"]}

    def enter(self) -> None:
        """Come in by the server's newest token."""
        token = self.server.knows()["token"]
        self.api = httpx.Client(
            base_url=f"{self.url}/api/v1",
            timeout=30,
            headers={"Authorization": f"Bearer {token}"},
        )

    def close(self) -> None:
        """Let go of every connection."""
        for client in (self.stranger, self.api):
            client.close()

    def publish(self, name: str, text: str) -> None:
        saved = self.api.post("/flows", content=text, headers={"Content-Type": "text/yaml"})
        assert saved.status_code == 200, saved.text
        if name in SECRETS:
            put = self.api.put(f"/hooks/{name}/secret", json={"secret": SECRETS[name]})
            assert put.status_code == 204, put.text
        assert self.api.post(f"/flows/{name}/publish", json={}).status_code == 200

    def person(self) -> httpx.Client:
        """A browser that signed in by the printed link, with the token of its pages."""
        client = httpx.Client(base_url=self.url, timeout=30, headers={"Accept": "text/html"})
        link = LINK.findall(self.server.said())[-1]
        assert client.post("/sign-in", data={"token": link}).status_code == 303
        found = re.search(r'X-CSRFToken(?:"|&#34;): (?:"|&#34;)([^"&]+)', client.get("/flows").text)
        client.headers["X-CSRFToken"] = found.group(1)
        return client

    def deliver(self, name: str = "plain", body: bytes = b"{}", **headers: str) -> httpx.Response:
        """Post a webhook as its provider would; header names are written with underscores."""
        sent = {"Content-Type": JSON}
        sent |= {key.replace("_", "-"): value for key, value in headers.items()}
        return self.stranger.post(self.hooks[name], content=body, headers=sent)

    def raw(self, data: bytes, wait: float = 10, end: bool = False) -> Answer:
        """Send bytes as they are and read until the server is done, or `wait` is over."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=wait) as line:
            try:
                line.sendall(data)
                if end:
                    line.shutdown(socket.SHUT_WR)
                came = b"".join(iter(lambda: line.recv(65536), b""))
            except OSError:  # cut off in the middle, which is an answer too
                came = b""
        head, _, body = came.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head.startswith(b"HTTP/") else 0
        return Answer(status, head.decode("latin-1"), body)

    def request(self, head: str, body: bytes = b"", line: str = "") -> bytes:
        """Write a request to the plain address by hand; `head` are lines besides the usual."""
        first = line or f"POST {self.hooks['plain']} HTTP/1.1"
        lines = f"{first}\r\nHost: x\r\nConnection: close\r\n{head}\r\n"
        return lines.encode("latin-1") + body

    def newest(self) -> list[str]:
        """The newest run: a refused delivery starts none after it."""
        return [row["id"] for row in self.api.get("/runs?limit=1").json()["rows"]]


@pytest.fixture(scope="session")
def refused():
    """Hold an answer to what every refusal owes a person; returns the problem."""
    return check_refusal


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("bad") / "data")
    served = World(server)
    yield served
    served.close()
    server.stop()


@pytest.fixture(scope="session")
def person(world):
    client = world.person()
    yield client
    client.close()


@pytest.fixture(autouse=True)
def still_well(request):
    """After every test on the server: it answers, it met no fault, and showed no secret."""
    world = request.getfixturevalue("world") if "world" in request.fixturenames else None
    before = len(world.server.said()) if world else 0
    yield
    if world:
        assert world.stranger.get("/healthz").status_code == 200
        said = world.server.said()[before:]
        assert "fault " not in said and "Traceback" not in said, said[-4000:]
        assert CANARY not in said


@pytest.fixture
def nothing_kept(world):
    """Whatever the test sends starts no run."""
    before = world.newest()
    yield
    assert world.newest() == before

"""The real server in a process of its own, and a real Chromium that bears no console error."""

import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
SERVE = (
    "import sys, pathlib; from nexus.app import serve;"
    " serve(pathlib.Path(sys.argv[1]), int(sys.argv[2]), True)"
)
LINK = re.compile(r"http://127\.0\.0\.1:\d+/sign-in\?token=\S+")
PATIENCE = 60  # seconds until the server has printed its link, on a busy machine


def flags() -> list[str]:
    """Chromium refuses its sandbox to root, and inside some containers to everybody."""
    bare = os.geteuid() == 0 or os.environ.get("NEXUS_TEST_NO_SANDBOX")
    return [*FLAGS, "--no-sandbox"] if bare else FLAGS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`nexus serve --demo` on a data folder of its own; `link` is what it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self._linked = threading.Event()
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder), str(free_port())],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stderr:
            self.said.append(line)
            if LINK.search(line):
                self._linked.set()
        self._linked.set()

    @property
    def link(self) -> str:
        self._linked.wait(PATIENCE)
        found = LINK.search("".join(self.said))
        assert found, "the server printed no link:\n" + "".join(self.said)
        return found.group()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._reader.join(20)
        self._process.stderr.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("served") / "data")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium():
    api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: make browser")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=flags())
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def signed_in(chromium, server):
    """What a browser keeps after it signed in by the printed link, which works once."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(server.link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/flows")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def address(server) -> str:
    return server.link.partition("/sign-in")[0]


def is_wrong(said) -> bool:
    """A refused form (422) is noted by Chromium as an error; it is an answer like any other."""
    return said.type in ("error", "warning") and "status of 422" not in said.text


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def page(request, chromium, signed_in, address):
    """A page of a person who signed in; any console error or CSP break fails the test."""
    width, height = request.param
    context = chromium.new_context(
        storage_state=signed_in,
        base_url=address,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda said: is_wrong(said) and wrong.append(said.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    assert wrong == []

"""What breaks is told in one line; what a server says is taken as it is."""

import json
import socket

import pytest
from click.testing import CliRunner

from nexus.core.store.lock import lock_folder
from nexus.ui.cli import Console, cli
from nexus.ui.doors import Doors


@pytest.fixture
def announced(folder):
    """Say that a server runs at an address, and hold the folder as it would."""
    with lock_folder(folder):

        def announce(url: str) -> None:
            said = {"url": url, "token": "nx_secret", "pid": 42}
            (folder / "server.json").write_text(json.dumps(said))

        yield announce


def test_the_server_is_asked_with_the_token_it_left(nexus, announced, http_sink):
    announced(http_sink.url)
    http_sink.answer = (200, b'{"rows": [], "cursor": null}')
    assert nexus("run", "list", "--state", "done").out == "No runs found.\n"
    (request,) = http_sink.wait()
    assert request.path == "/api/v1/runs?state=done&limit=50"
    assert request.headers["authorization"] == "Bearer nx_secret"


def test_an_event_by_key_carries_no_token(nexus, announced, http_sink):
    announced(http_sink.url)
    http_sink.answer = (202, b'{"event_id": "evt_1", "run_ids": []}')
    said = nexus("event", "send", "-", "--hook", "/hooks/abc", given="{}")
    assert said.out == "Accepted evt_1.\n  No flow took it.\n"
    (request,) = http_sink.wait()
    assert (request.path, "authorization" in request.headers) == ("/hooks/abc", False)


def test_a_server_that_refuses_is_quoted(nexus, announced, http_sink):
    announced(http_sink.url)
    http_sink.answer = (403, b'{"code": "forbidden", "title": "No.", "hint": "Ask.", "more": 1}')
    said = nexus("flow", "list")
    assert (said.code, said.err) == (1, "No. Ask.\n")
    assert nexus("doctor").code == 3


def test_a_server_that_does_not_answer_is_one_line(nexus, announced):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        announced(f"http://127.0.0.1:{closed.getsockname()[1]}")
        said = nexus("flow", "list")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "(process 42) does not answer" in said.err


@pytest.mark.parametrize("error", [ValueError("two\nlines"), OSError(28, "No space left", "x.db")])
def test_what_breaks_is_one_line(folder, error, monkeypatch):
    def broken(_):
        raise error

    console = Console(lambda *_: None, broken)
    words = ["--data", str(folder), "token", "new", "x"]
    done = CliRunner().invoke(cli, words, obj=console)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "two" in done.stderr or "x.db: No space left." in done.stderr
    monkeypatch.setenv("NEXUS_DEBUG", "1")
    again = CliRunner().invoke(cli, words, obj=console)
    assert again.exit_code == 1
    assert isinstance(again.exception, ValueError | SystemExit)


def test_serve_hands_on_where_and_how(folder):
    asked = []
    console = Console(lambda *words: asked.append(words), lambda _: None)
    words = ["--data", str(folder), "serve", "--port", "8123", "--demo"]
    assert CliRunner().invoke(cli, words, obj=console).exit_code == 0
    assert asked == [(folder, 8123, True, Doors(), True)]

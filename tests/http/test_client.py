"""The client against real servers: what it sends, what it takes, and what it says when it fails."""

import asyncio
import gzip
import socket
import subprocess
import sys
import time

import pytest

from nexus import Refuse, Retry
from nexus.core.http import BoundClient, read_allow
from nexus.core.http.answer import MAX_BODY


@pytest.fixture
def client() -> BoundClient:
    return BoundClient(read_allow(["127.0.0.0/8"]))


def send(client: BoundClient, method: str, url: str, **more):
    return asyncio.run(client.send(method, url, **more))


def test_it_sends_what_it_was_given(client, server):
    send(client, "POST", f"{server.url}/in", headers={"X-Key": "k"}, body=b'{"a":1}')

    asked = server.asked[0]
    assert (asked.method, asked.path, asked.body) == ("POST", "/in", b'{"a":1}')
    assert asked.headers["x-key"] == "k"
    assert asked.headers["user-agent"].startswith("Nexus/")


def test_any_status_is_an_answer(client, make_server):
    server = make_server(lambda handler, asked: handler.say(503, b"busy", retry_after="7"))

    answer = send(client, "GET", server.url)

    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"busy", "7")


def test_connections_are_kept_open_and_serve_any_loop(client, make_server):
    ports = []
    server = make_server(
        lambda handler, asked: (ports.append(handler.client_address[1]), handler.say(200))
    )

    send(client, "GET", server.url)
    send(client, "GET", server.url)

    assert ports[0] == ports[1]


def test_get_follows_redirects_and_drops_secrets_across_origins(client, make_server, server):
    def script(handler, asked):
        place = "/second" if asked.path == "/first" else f"{server.url}/third"
        handler.say(302, location=place)

    first = make_server(script)

    headers = {"Authorization": "Bearer s", "X-Api-Key": "s", "Accept": "text/plain"}
    answer = send(client, "GET", f"{first.url}/first", headers=headers)

    assert answer.body == b"hello"
    assert first.asked[1].headers["authorization"] == "Bearer s"
    assert server.asked[0].headers["accept"] == "text/plain"
    assert "authorization" not in server.asked[0].headers
    assert "x-api-key" not in server.asked[0].headers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_post_is_answered_and_never_sent_again(status, client, make_server):
    server = make_server(lambda handler, asked: handler.say(status, location="/again"))

    assert send(client, "POST", server.url, body=b"money").status == status
    assert len(server.asked) == 1


def test_endless_redirects_end(client, make_server):
    server = make_server(lambda handler, asked: handler.say(302, location="/again"))

    with pytest.raises(Refuse, match="redirected more than 3 times"):
        send(client, "GET", server.url)
    assert len(server.asked) == 4


def test_a_refused_connection_has_surely_not_sent(client):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(Retry) as caught:
        send(client, "POST", f"http://127.0.0.1:{port}/", body=b"x")
    assert (caught.value.code, caught.value.sent) == ("unreachable", False)


def test_a_connection_broken_after_sending_leaves_the_outcome_unknown(client, make_server):
    server = make_server(lambda handler, asked: handler.hang_up())

    with pytest.raises(Retry) as caught:
        send(client, "POST", server.url, body=b"x")
    assert caught.value.sent is None
    assert len(server.asked) == 1


def test_a_time_out_after_sending_leaves_the_outcome_unknown(client, make_server):
    server = make_server(lambda handler, asked: handler.sleep(1))

    begun = time.monotonic()
    with pytest.raises(Retry) as caught:
        send(client, "POST", server.url, body=b"x", timeout=0.2)
    assert (caught.value.code, caught.value.sent) == ("timeout", None)
    assert time.monotonic() - begun < 0.9


def test_a_large_answer_is_refused_by_its_length(client, make_server):
    server = make_server(lambda handler, asked: handler.say(200, b"x" * (MAX_BODY + 1)))

    with pytest.raises(Refuse) as caught:
        send(client, "GET", server.url)
    assert (caught.value.code, caught.value.sent) == ("answer_too_large", True)


def test_an_endless_answer_is_cut(client, make_server):
    server = make_server(lambda handler, asked: handler.chunks(200, 65536))

    with pytest.raises(Refuse, match="larger than 5 MB"):
        send(client, "GET", server.url)


def test_chunks_are_joined(client, make_server):
    server = make_server(lambda handler, asked: handler.chunks(3, 1000))

    assert send(client, "GET", server.url).body == b"x" * 3000


def test_a_packed_answer_is_unpacked(client, make_server):
    body = bytes(range(256)) * 100
    packed = gzip.compress(body)
    server = make_server(lambda handler, asked: handler.say(200, packed, content_encoding="gzip"))

    assert send(client, "GET", server.url).body == body


@pytest.mark.parametrize(
    ("body", "encoding", "code"),
    [
        (gzip.compress(b"\0" * 4_000_000), "gzip", "answer_too_large"),
        (gzip.compress(b"hello")[:-9], "gzip", "unreadable_answer"),
        (b"not gzip", "gzip", "unreadable_answer"),
        (b"??", "br", "unreadable_answer"),
    ],
    ids=["bomb", "cut", "lie", "unasked"],
)
def test_a_wrongly_packed_answer_is_refused(body, encoding, code, client, make_server):
    server = make_server(lambda handler, asked: handler.say(200, body, content_encoding=encoding))

    with pytest.raises(Refuse) as caught:
        send(client, "GET", server.url)
    assert caught.value.code == code


def test_head_needs_no_body(client, make_server):
    def script(handler, asked):
        handler.send_response(200)
        handler.send_header("content-length", str(MAX_BODY * 2))
        handler.end_headers()

    assert send(client, "HEAD", make_server(script).url).body == b""


@pytest.mark.parametrize(
    "name", ["Host", "Content-Length", "Transfer-Encoding", "Proxy-Authorization"]
)
def test_headers_that_steer_the_connection_are_refused(name, client, canary):
    with pytest.raises(Refuse) as caught:
        send(client, "GET", canary.url, headers={name: "1"})
    assert (caught.value.code, caught.value.sent) == ("bad_header", False)


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_with_a_line_break_is_refused(text, client, canary):
    with pytest.raises(Refuse) as caught:
        send(client, "GET", canary.url, headers={"X-Note": text})
    assert (caught.value.code, caught.value.sent) == ("bad_request", False)


def test_the_proxy_of_the_environment_is_not_used(client, server, canary, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", canary.url)
    monkeypatch.setenv("ALL_PROXY", canary.url)

    assert send(client, "GET", server.url).status == 200


def test_pyreqwest_loads_at_the_first_call_only():
    code = "import sys, nexus.core.http; sys.exit('pyreqwest' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

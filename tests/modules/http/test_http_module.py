"""HTTP: what is sent, and what each kind of answer means for the step."""

import asyncio
import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus import Context, Refuse, Retry
from nexus.core.clock import FixedClock
from nexus.core.host import load
from nexus.core.http import BoundClient, Response, read_allow
from nexus.plugins.http import client

CATALOG = load()
NOW = 1_790_000_000


def run(name: str, url: str, connection=None, **arguments):
    context = Context(
        key="run_1:step",
        clock=FixedClock(NOW * 1_000_000),
        connection=connection or {},
        http=BoundClient(read_allow(["127.0.0.0/8"])),
    )
    action = CATALOG.action(f"http.{name}")
    return asyncio.run(action.call(context, {"url": url, **arguments}))


def test_json_is_sent_and_read(make_server):
    def script(handler, asked):
        body = json.dumps({"got": json.loads(asked.body)}).encode()
        handler.say(201, body, content_type="application/json; charset=utf-8")

    server = make_server(script)

    result = run("post", f"{server.url}/in", body={"a": [1, None, "ü"]})

    assert result["status"] == 201
    assert result["body"] == {"got": {"a": [1, None, "ü"]}}
    assert result["headers"]["content-type"].startswith("application/json")
    assert server.asked[0].headers["content-type"] == "application/json"


def test_text_is_sent_as_it_is(server):
    run("put", server.url, body="plain text", headers={"Content-Type": "text/csv"})

    assert server.asked[0].body == b"plain text"
    assert server.asked[0].headers["content-type"] == "text/csv"


@pytest.mark.parametrize("name", ["post", "put", "patch", "delete"])
def test_what_changes_something_carries_the_idempotency_key(name, server):
    run(name, server.url)

    assert server.asked[0].method == name.upper()
    assert server.asked[0].headers["idempotency-key"] == "run_1:step"


def test_what_reads_carries_no_key(server):
    run("get", server.url)
    run("request", server.url, method="HEAD")

    assert all("idempotency-key" not in asked.headers for asked in server.asked)


def test_a_connection_gives_base_address_and_secret(server):
    connection = {"base_url": f"{server.url}/v1/", "header": "X-Api-Key", "secret": "s3cret"}

    run("get", "/orders?open=1", connection)
    run("get", f"{server.url}/v1/orders", connection)

    assert server.asked[0].path == "/v1/orders?open=1"
    assert [asked.headers["x-api-key"] for asked in server.asked] == ["s3cret", "s3cret"]


def test_a_header_of_the_step_cannot_replace_the_secret(server):
    connection = {"base_url": server.url, "secret": "Bearer s3cret"}

    run("get", "/", connection, headers={"authorization": "Bearer other"})

    assert server.asked[0].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    "url", ["http://evil.example/", "https://127.0.0.1/", "http://api.example.com.evil.example/"]
)
def test_a_secret_never_goes_to_another_host(url, canary):
    connection = {"base_url": "http://api.example.com/", "secret": "s3cret"}

    with pytest.raises(Refuse, match=r"calls http://api\.example\.com/ only") as caught:
        run("get", url, connection)
    assert (caught.value.code, caught.value.sent) == ("other_host", False)


@pytest.mark.parametrize(
    ("body", "kind", "value"),
    [
        (b"", "application/json", None),
        (b"[1]", "application/problem+json", [1]),
        (b"not json", "application/json", "not json"),
        ("grüß".encode(), "text/plain", "grüß"),
        (b"\xff\xfe", "image/png", {"base64": "//4="}),
    ],
)
def test_a_body_becomes_plain_values(body, kind, value):
    assert client.read(Response(200, {"content-type": kind}, body)) == value


@pytest.mark.parametrize(
    ("status", "kind", "code", "sent"),
    [
        (400, Refuse, "refused", False),
        (401, Refuse, "unauthorized", False),
        (403, Refuse, "forbidden", False),
        (404, Refuse, "not_found", False),
        (408, Retry, "timeout", None),
        (409, Refuse, "conflict", None),
        (422, Refuse, "invalid", False),
        (425, Retry, "too_early", False),
        (429, Retry, "rate_limited", False),
        (500, Retry, "server_error", None),
        (503, Retry, "server_error", None),
        (599, Retry, "server_error", None),
        (302, Refuse, "redirected", False),
        (499, Refuse, "refused", False),
    ],
)
def test_an_answer_that_is_not_good_says_what_it_means(status, kind, code, sent, make_server):
    server = make_server(lambda handler, asked: handler.say(status, b"<p>no</p>"))

    with pytest.raises(kind) as caught:
        run("post", server.url, body={})

    assert (caught.value.code, caught.value.sent) == (code, sent)
    assert caught.value.message.startswith(f"The server answered {status}")
    assert "<p>no</p>" in caught.value.message
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("999999999999", 86_400),
        (formatdate(NOW + 90, usegmt=True), 90),
        (formatdate(NOW - 90, usegmt=True), 0),
        (formatdate(NOW + 10**7, usegmt=True), 86_400),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Mon, 99 Foo 2026 00:00:00 GMT", None),
    ],
)
def test_the_time_that_a_server_asks_for_is_kept(text, seconds):
    answer = Response(503, {"retry-after": text}, b"")

    assert client.judge(answer, NOW * 1_000_000).after_seconds == seconds


@given(st.text())
def test_any_retry_after_is_read_or_ignored(text):
    seconds = client.wait(Response(503, {"retry-after": text}, b""), NOW * 1_000_000)

    assert seconds is None or 0 <= seconds <= 86_400


def test_the_effects_say_what_a_retry_may_do():
    told = {
        name: (CATALOG.action(name).effect, CATALOG.action(name).idempotency)
        for name in CATALOG.action_names()
        if name.startswith("http.")
    }

    assert told == {
        "http.delete": ("destructive", "natural"),
        "http.get": ("read", "natural"),
        "http.patch": ("write", "key"),
        "http.post": ("write", "key"),
        "http.put": ("write", "natural"),
        "http.request": ("write", "key"),
    }

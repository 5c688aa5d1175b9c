"""Webhooks that are wrong in every way: refused in words, nothing kept, the server goes on."""

import base64
import hashlib
import hmac
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

BODIES = {
    "empty": (b"", 400, "empty"),
    "blank": (b" \n", 400, "empty"),
    "cut short": (b'{"a": [1, 2', 400, "not_json"),
    "two documents": (b"{} {}", 400, "not_json"),
    "single quotes": (b"{'a': 1}", 400, "not_json"),
    "trailing comma": (b'{"a": 1,}', 400, "not_json"),
    "comment": (b'{"a": 1} // so', 400, "not_json"),
    "deep": (b"[" * 5_000 + b"]" * 5_000, 422, "too_deep"),
    "deep and cut short": (b'{"a":' * 100_000, 422, "too_deep"),
    "duplicate key": (b'{"a": 1, "a": 2}', 422, "duplicate_key"),
    "inner duplicate key": (b'[{"b": {"a": 1, "a": 1}}]', 422, "duplicate_key"),
    "escaped duplicate key": (b'{"a": 1, "\\u0061": 2}', 422, "duplicate_key"),
    "NaN": (b'{"a": NaN}', 400, "not_a_number"),
    "Infinity": (b"[-Infinity]", 400, "not_a_number"),
    "number too large": (b'{"a": 1e400}', 422, "number_too_large"),
    "latin-1": ('{"a": "é"}'.encode("latin-1"), 400, "not_utf8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), 400, "not_utf8"),
    "overlong UTF-8": (b'{"a": "\xc0\xaf"}', 400, "not_utf8"),
    "half a character in bytes": (b'{"a": "\xed\xa0\x80"}', 400, "not_utf8"),
    "BOM": (b"\xef\xbb\xbf{}", 400, "byte_order_mark"),
    "NUL byte": (b'{"a": "\x00"}', 400, "not_json"),
    "escaped NUL": (b'{"a": "\\u0000"}', 422, "unstorable_text"),
    "half a character": (b'{"a": "\\ud800"}', 422, "unstorable_text"),
    "half a character in a key": (b'{"\\uDFFF": 1}', 422, "unstorable_text"),
    "HTML": (b"<html><script>alert(1)</script>", 400, "not_json"),
    "gzip": (b"\x1f\x8b\x08\x00\x00\x00", 400, "not_utf8"),
    "too large": (b'"' + b"x" * 1_000_000 + b'"', 413, "too_large"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_strict_json_is_refused(world, refused, nothing_kept, name):
    body, status, code = BODIES[name]
    assert refused(world.deliver(body=body), status)["code"] == code


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "x",
        "text/plain",
        "text/html",
        "application/xml",
        "application/jsonx",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/octet-stream",
        "application/json, text/plain",
        "x" * 5_000,
    ],
)
def test_a_content_type_that_is_not_read_is_named(world, refused, nothing_kept, kind):
    problem = refused(world.deliver(Content_Type=kind), 415)
    assert problem["code"] in ("content_type", "charset")
    assert len(problem["title"]) < 200


@pytest.mark.parametrize(
    "body",
    [b"a", b"a=1&a=2", b"a=%ff", b"a=%ED%A0%80", b"a=%00", b"=&" * 2_000, b"\xff=1", b"&&&"],
)
def test_a_form_that_is_wrong_is_refused(world, refused, nothing_kept, body):
    refused(world.deliver(body=body, Content_Type=FORM), 400, 422)


@pytest.mark.parametrize("digits", ["9" * 20, "9" * 4_000, "-9223372036854775809", "1" * 19])
def test_a_whole_number_of_any_size_is_kept_to_the_digit(world, digits):
    answer = world.deliver(body=b'{"amount": %s}' % digits.encode())
    assert answer.status_code == 202
    run = world.api.get(f"/runs/{answer.json()['run_ids'][0]}").json()
    assert str(run["event"]["data"]["amount"]) == digits


@pytest.mark.parametrize(
    "path",
    ["none", "%00", "%ff%fe", "%ED%A0%80", "x" * 50_000, "é🙂", "<script>", ";x=1", "{{7*7}}"],
)
def test_an_unknown_key_is_refused_and_not_repeated(world, refused, nothing_kept, path):
    answer = world.stranger.post(f"/hooks/{path}", json={})
    refused(answer, 404, 414)
    assert len(answer.content) < 1_000


@pytest.mark.parametrize("path", ["", "x/y", "..%2f..%2fflows", "..%2F", "%2e%2e/flows", "x/"])
def test_a_path_that_is_no_address_is_refused(world, refused, nothing_kept, path):
    answer = world.stranger.post(f"/hooks/{path}", json={})
    assert answer.status_code in (401, 404)
    refused(answer)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "FOO"])
def test_a_wrong_method_is_refused_with_the_right_one(world, refused, nothing_kept, method):
    answer = world.stranger.request(method, world.hooks["plain"])
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    if method != "HEAD":
        assert "POST" in refused(answer)["hint"]


def signed(secret: str, body: bytes, at: float, id_: str = "msg_1") -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, b"%s.%d.%s" % (id_.encode(), at, body), hashlib.sha256)
    stamp = str(int(at))
    proof = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": id_, "webhook-timestamp": stamp, "webhook-signature": proof}


@pytest.mark.parametrize(
    ("name", "headers", "code"),
    [
        ("token", {}, "signature_missing"),
        ("token", {"X-Nexus-Token": ""}, "signature_missing"),
        ("token", {"X-Nexus-Token": "wrong"}, "signature_mismatch"),
        ("token", {"X-Nexus-Token": "x" * 60_000}, "signature_mismatch"),
        ("token", {"X-Nexus-Token": "é"}, "signature_missing"),
        ("basic", {}, "signature_missing"),
        ("basic", {"Authorization": "Bearer x"}, "signature_malformed"),
        ("basic", {"Authorization": "Basic !!!"}, "signature_malformed"),
        ("basic", {"Authorization": "Basic dXNlcjp3cm9uZw=="}, "signature_mismatch"),
        ("standard", {}, "signature_missing"),
        ("standard", {"webhook-signature": "v1"}, "signature_malformed"),
        ("standard", {"webhook-signature": "v1," + "A" * 43 + "="}, "signature_missing"),
    ],
)
def test_a_signature_that_is_missing_or_wrong_is_refused(
    world, refused, nothing_kept, name, headers, code
):
    sent = {key.replace("-", "_"): value.encode() for key, value in headers.items()}
    assert refused(world.deliver(name, **sent), 401)["code"] == code


@pytest.mark.parametrize("late", [301, -301, 10**9, -(10**9)])
def test_a_stale_or_future_delivery_is_refused(world, refused, nothing_kept, late):
    headers = signed(world.secrets["standard"], b"{}", time.time() - late)
    problem = refused(world.deliver("standard", **headers), 401)
    assert problem["code"] == "signature_stale"
    assert "clocks" in problem["hint"]


@pytest.mark.parametrize("stamp", ["", "x", "-1", "1e9", "9" * 5_000, "1.5"])
def test_a_timestamp_that_is_no_time_is_refused(world, refused, nothing_kept, stamp):
    headers = signed(world.secrets["standard"], b"{}", time.time())
    headers["webhook-timestamp"] = stamp
    refused(world.deliver("standard", **headers), 401)


def test_a_body_that_was_changed_after_signing_is_refused(world, refused, nothing_kept):
    headers = signed(world.secrets["standard"], b'{"a": 1}', time.time())
    problem = refused(world.deliver("standard", b'{"a": 2}', **headers), 401)
    assert problem["code"] == "signature_mismatch"


def test_a_replay_gets_the_first_ids_and_starts_nothing(world):
    headers = signed(world.secrets["standard"], b"{}", time.time(), "msg_replay")
    first = world.deliver("standard", **headers)
    newest = world.newest()
    again = world.deliver("standard", **headers)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert world.newest() == newest


def test_the_same_delivery_many_times_at_once_starts_one_run(world):
    with ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(world.deliver, Idempotency_Key="storm-1") for _ in range(48)]
    told = [answer.result() for answer in answers]
    assert sorted({answer.status_code for answer in told}) == [200, 202]
    assert len({str(answer.json()) for answer in told}) == 1
    assert [answer.status_code for answer in told].count(202) == 1


@pytest.mark.parametrize("key", ["x" * 5_000, "é🙂", "a|b", "'; drop table event; --"])
def test_an_odd_idempotency_key_is_only_a_key(world, key):
    assert world.deliver(Idempotency_Key=key.encode()).status_code in (200, 202)

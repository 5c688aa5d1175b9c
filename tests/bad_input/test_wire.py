"""Bytes that no good client sends: each is answered or cut off, and never held against others."""

import socket
import time
from contextlib import ExitStack

import pytest

TYPE = "Content-Type: application/json\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"

REFUSED = {
    "a length that is no number": (TYPE + "Content-Length: x\r\n", b"{}"),
    "a negative length": (TYPE + "Content-Length: -1\r\n", b"{}"),
    "a signed length": (TYPE + "Content-Length: +2\r\n", b"{}"),
    "a raised digit as length": (TYPE + "Content-Length: \xb2\r\n", b"{}"),
    "a length beyond 64 bits": (TYPE + f"Content-Length: {'9' * 30}\r\n", b"{}"),
    "a length beyond the limit": (TYPE + "Content-Length: 9999999999\r\n", b"{}"),
    "two lengths": (TYPE + "Content-Length: 2\r\nContent-Length: 5\r\n", b"{}"),
    "a list of lengths": (TYPE + "Content-Length: 2, 5\r\n", b"{}"),
    "no length": (TYPE, b"{}"),
    "chunks that are none": (TYPE + CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"),
    "an unknown coding": (TYPE + "Transfer-Encoding: xchunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked not last": (TYPE + "Transfer-Encoding: chunked, x\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "a space before the colon": (TYPE + "Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    "a folded header": (TYPE + "X-A: b\r\n c\r\nContent-Length: 2\r\n", b"{}"),
    "a NUL in a header": (TYPE + "X-A: b\0c\r\nContent-Length: 2\r\n", b"{}"),
    "a bare CR in a header": (TYPE + "X-A: b\rc\r\nContent-Length: 2\r\n", b"{}"),
    "thousands of headers": (TYPE + "".join(f"X-{i}: a\r\n" for i in range(5_000)), b""),
    "a header of a megabyte": (TYPE + "X-A: " + "a" * 1_000_000 + "\r\n", b""),
    "a huge body in chunks": (
        TYPE + CHUNKED,
        b"%x\r\n%s\r\n0\r\n\r\n" % (1_200_002, b"{}" + b" " * 1_200_000),
    ),
    "a huge form in chunks": (
        FORM + CHUNKED,
        b"%x\r\n%s\r\n0\r\n\r\n" % (1_200_002, b"a=" + b"x" * 1_200_000),
    ),
    "a form cut short in a chunk": (FORM + CHUNKED, b"3\r\na=1\r\nzz\r\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_request_is_refused(world, refused, nothing_kept, name):
    head, body = REFUSED[name]
    answer = world.raw(world.request(head, body))
    assert answer.status == 0 or 400 <= answer.status < 500, answer
    if answer.body:
        refused(answer)


def test_only_http_1_is_spoken(world):
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
    with socket.create_connection(("127.0.0.1", world.server.port), timeout=10) as line:
        line.sendall(preface)
        said = line.recv(1000)
    assert said == b"" or said.startswith(b"HTTP/1.1 400")


GARBAGE = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xff" * 300,
    "words": b"hello world\r\n\r\n",
    "nothing but lines": b"\r\n" * 500,
    "NULs": b"\x00" * 5_000,
    "an old version": b"GET /healthz HTTP/0.9\r\n\r\n",
    "a future version": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "a path of 70 kB": b"POST /hooks/" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in the path": b"POST /hooks/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in the query": b"GET /flows?q=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method of signs": b"G@T /flows HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT evil:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "the whole server": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", GARBAGE)
def test_what_is_no_http_is_answered_or_cut_off(world, nothing_kept, name):
    answer = world.raw(GARBAGE[name], wait=2, end=True)
    assert answer.status < 500
    assert "Traceback" not in answer.body.decode("latin-1")


def test_a_body_in_chunks_is_taken(world):
    body = b"2\r\n{}\r\n0\r\n\r\n"
    assert world.raw(world.request(TYPE + CHUNKED, body)).status == 202


def test_a_length_beside_chunks_does_not_hide_a_second_request(world):
    """Both ends of a proxy must see one request; the chunks are what counts."""
    hidden = b"GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n"
    head = TYPE + CHUNKED + f"Content-Length: {12 + len(hidden)}\r\n"
    answer = world.raw(world.request(head, b"2\r\n{}\r\n0\r\n\r\n" + hidden))
    assert answer.status == 202
    assert answer.body.count(b"HTTP/1.1") == 0


@pytest.mark.parametrize(
    "head",
    [
        "Origin: http://[\r\n",
        "Origin: http://[::1\r\n",
        "Origin: null\r\n",
        "Origin: http://evil\r\n",
        "Origin: http://x:99999999\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ],
)
def test_another_site_cannot_write_however_it_names_itself(world, refused, head):
    line = "POST /sign-in HTTP/1.1"
    answer = world.raw(world.request(head + "Content-Length: 0\r\n", line=line))
    assert refused(answer, 403)["code"] == "not_allowed"


@pytest.mark.parametrize(
    "head",
    [
        "Cookie: nexus=\xff\xed\xa0\x80\r\n",
        'Cookie: nexus="\\355\\240\\200"\r\n',
        'Cookie: nexus="\\000"; nexus=; =; ;;; a\r\n',
        "Cookie: nexus=" + "x" * 60_000 + "\r\n",
        "Cookie: __Host-nexus=x\r\nX-Forwarded-Proto: https\r\n",
        "Accept: ;;q=nan,text/html;q=99999\r\nAccept-Language: \xff;q=1e999\r\n",
        "HX-Request: true\r\nHX-Current-URL: http://[\r\nHX-Boosted: \xff\r\n",
        "Host: [::1\r\n",
        "Range: bytes=9-1,x\r\nIf-Modified-Since: never\r\nIf-None-Match: \xff\r\n",
        "X-Forwarded-For: ' or 1=1\r\nForwarded: for=\xff\r\n",
    ],
)
def test_odd_headers_are_only_headers(world, head):
    answer = world.raw(world.request(head, line="GET /flows HTTP/1.1"))
    assert answer.status in (303, 400, 401)


@pytest.mark.parametrize("path", ["..%2f..%2fapp.py", "%00", "a" * 3_000, "%ed%a0%80", "../app.py"])
def test_nothing_outside_the_static_files_is_served(world, path):
    answer = world.raw(world.request("", line=f"GET /static/{path} HTTP/1.1"))
    assert answer.status in (400, 401, 404)


@pytest.mark.parametrize("span", ["bytes=99999999-", "bytes=9-1,x", "bytes=-" + "9" * 30])
def test_an_impossible_range_is_no_fault(world, span):
    line = "GET /static/app.css HTTP/1.1"
    assert world.raw(world.request(f"Range: {span}\r\n", line=line)).status in (200, 206, 416)


def test_a_request_that_stops_in_the_middle_is_refused(world, refused, nothing_kept):
    data = world.request(TYPE + "Content-Length: 200\r\n", b'{"a": ')
    assert refused(world.raw(data, end=True), 400)["code"] == "bad_request"


def test_many_senders_that_never_finish_do_not_stop_the_server(world, person, nothing_kept):
    """More than the server has threads: pages go on, and a delivery is asked to come again."""
    half = world.request(TYPE + "Content-Length: 200\r\n", b'{"a": ')
    with ExitStack() as held:
        for _ in range(80):
            line = socket.create_connection(("127.0.0.1", world.server.port))
            held.enter_context(line).sendall(half)
        time.sleep(1.5)
        assert world.stranger.get("/healthz", timeout=5).status_code == 200
        assert person.get("/flows", timeout=5).status_code == 200
        busy = world.deliver()
    assert (busy.status_code, busy.json()["code"]) == (503, "busy")
    assert busy.headers["retry-after"]
    time.sleep(0.5)


def test_deliveries_go_on_when_the_slow_senders_have_gone(world):
    assert world.deliver().status_code == 202

"""Pages and the API under hostile parameters, forms, cookies and tokens: words, never a fault."""

import pytest

NASTY = [
    "",
    "-1",
    "1e309",
    "../../",
    "%00",
    "%F0%9F%98%80",
    "%ED%A0%80",
    "%ff",
    "a" * 49_000,
    "_" * 30_000,
    "%25" * 12_000,
    "%27%20or%201=1--",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "{{7*7}}",
    "9" * 25,
    "9" * 5_000,
    "run_zzzzzzzzzzzzz",
    "run_7zzzzzzzzzzzz",
    "run_0000000000000",
    "%D9%A1",
    "NaN",
    "null",
    "%0D%0ASet-Cookie:x=1",
    "%E2%80%AE",
]
NAMED = [text if len(text) < 30 else f"{text[:3]} {len(text)} times" for text in NASTY]


@pytest.fixture(scope="session")
def run(world):
    return world.deliver().json()["run_ids"][0]


def friendly(answer) -> None:
    """A page for a person: nothing of the machine, nothing of what was sent as markup."""
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text and "<script>alert" not in answer.text
    assert "set-cookie" not in answer.headers or "x=1" not in answer.headers["set-cookie"]
    if answer.status_code >= 400 and answer.content:
        assert answer.headers["content-type"].startswith("text/html")
        assert str(answer.status_code) in answer.text


@pytest.mark.parametrize("text", NASTY, ids=NAMED)
def test_pages_bear_any_parameter(person, run, text):
    for name in ("state", "flow", "q", "cursor", "limit", "unknown"):
        friendly(person.get(f"/runs?{name}={text}"))
    for name in ("tab", "step", "version", "run"):
        friendly(person.get(f"/flows/plain?{name}={text}"))
    for name in ("step", "turn"):
        friendly(person.get(f"/runs/{run}?{name}={text}"))
    friendly(person.get(f"/flows?q={text}"))
    friendly(person.get(f"/sign-in?token={text}"))


@pytest.mark.parametrize("text", NASTY, ids=NAMED)
def test_pages_bear_any_path(person, text):
    for path in ("/flows/{}", "/runs/{}", "/runs/{}/live", "/{}", "/static/{}", "/modules/{}"):
        friendly(person.get(path.format(text)))
    for path in ("/flows/{}/turn", "/flows/{}/publish", "/flows/{}/secret", "/flows/{}/test"):
        form = {"on": "1", "hook": text[:900], "secret": "s", "data": "{}"}
        friendly(person.post(path.format(text or "none"), data=form))


@pytest.mark.parametrize("text", NASTY, ids=NAMED)
def test_the_api_bears_any_parameter_and_path(world, run, text):
    asked = [f"/runs?{name}={text}" for name in ("flow", "state", "text", "cursor", "limit", "zz")]
    asked += [f"/flows/plain?version={text}", f"/flows/plain/export?version={text}"]
    asked += [path.format(text) for path in ("/flows/{}", "/runs/{}", "/modules/{}")]
    asked += [path.format(text) for path in ("/connections/{}", "/runs/{}/wait?timeout=0")]
    for path in asked:
        answer = world.api.get(path)
        if answer.status_code >= 400:
            plainly_refused(answer)
    for path in ("/hooks/{}/events", "/flows/{}/publish", "/runs/{}/cancel", "/runs/{}/retry"):
        answer = world.api.post(path.format(text or "none"), json={})
        plainly_refused(answer)


def plainly_refused(answer) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] and len(answer.content) < 3_000


@pytest.mark.parametrize("timeout", ["-1", "31", "1e309", "nan", "inf", "x", ""])
def test_nobody_waits_for_ever(world, refused, run, timeout):
    refused(world.api.get(f"/runs/{run}/wait?timeout={timeout}"), 422)


SAMPLES = {
    "nothing": "",
    "cut short": "{",
    "deep": "[" * 100_000,
    "rather deep": "[" * 900 + "]" * 900,
    "NaN": '{"a": NaN}',
    "Infinity": "Infinity",
    "a large double": '{"a": 1e999}',
    "a duplicate key": '{"a": 1, "a": 2}',
    "half a character": '{"a": "\\ud800"}',
    "half a character as key": '{"\\ud800": 1}',
    "NUL": '{"a": "\\u0000"}',
    "a bare NUL": "\0",
    "a BOM": "\ufeff{}",
    "words": "hello",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_test_event_that_is_no_strict_json_is_explained(person, nothing_kept, name):
    form = {"hook": "plain", "data": SAMPLES[name]}
    answer = person.post("/flows/plain/test", data=form)
    assert answer.status_code == 422
    assert "The test event cannot be sent yet." in answer.text
    friendly(answer)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"garbage"),
        ("multipart/form-data", b"garbage"),
        ("multipart/form-data; boundary=" + "x" * 5_000, b"--"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="data"; filename="../../a"\r\n\r\nx\r\n'
            b"--x--\r\n",
        ),
        ("application/x-www-form-urlencoded", b"data=%ff%fe&%ed%a0%80=1&=&&&"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % i for i in range(50_000))),
        ("application/x-www-form-urlencoded", b"data=" + b"x" * 1_100_000),
        ("application/x-www-form-urlencoded; charset=bogus", b"on=1"),
        ("application/json", b'{"on": 1}'),
        ("text/plain", b"\x00"),
        ("", b""),
    ],
)
@pytest.mark.parametrize("path", ["/flows/plain/test", "/flows/plain/secret", "/sign-in"])
def test_a_form_that_is_none_is_refused(person, nothing_kept, path, kind, body):
    answer = person.post(path, content=body, headers={"Content-Type": kind})
    assert 400 <= answer.status_code < 500
    friendly(answer)


@pytest.mark.parametrize(
    "token", ["", "x", ".", "..", "a" * 50_000, "InVhIg.x.y", "IjEi.aaaa.bbb", "\u00ff"]
)
def test_a_forged_csrf_token_is_refused(person, token):
    headers = {"X-CSRFToken": token.encode("latin-1")}
    answer = person.post("/flows/plain/turn", data={"on": "0"}, headers=headers)
    assert answer.status_code == 400
    assert "Reload it" in answer.text
    form = {"on": "0", "csrf_token": token}
    answer = person.post("/flows/plain/turn", data=form, headers={"X-CSRFToken": ""})
    assert answer.status_code == 400


@pytest.mark.parametrize("cookie", ["x", "x" * 43, "%00", "' or 1=1--", "é", "a" * 4_000, '"'])
def test_a_forged_session_is_nobody(world, cookie):
    headers = {"Cookie": f"nexus={cookie}".encode(), "Accept": "text/html"}
    answer = world.stranger.get("/flows", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Bearer nx_" + "x" * 43,
        "Basic eDp4",
        "Bearer é",
        "bearer ' or 1=1--",
        "Bearer " + "x" * 50_000,
        "Bearer Bearer x",
    ],
)
def test_a_forged_token_is_nobody(world, refused, header):
    answer = world.stranger.get("/api/v1/flows", headers={"Authorization": header.encode()})
    assert refused(answer, 401)["code"] == "token_needed"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_sign_in_link_that_was_used_or_never_was_is_refused_in_words(world):
    for token in ("", "x", "x" * 5_000, "é\0"):
        accept = {"Accept": "text/html"}
        answer = world.stranger.post("/sign-in", data={"token": token}, headers=accept)
        assert answer.status_code == 410
        assert "nexus sign-in-link" in answer.text


def test_no_method_on_any_address_is_a_fault(world, person, run):
    paths = [
        "/",
        "/flows",
        "/flows/plain",
        "/flows/plain/turn",
        "/runs",
        f"/runs/{run}",
        "/modules",
    ]
    paths += [f"/runs/{run}/retry", f"/runs/{run}/live", "/sign-in", "/healthz", "/static/app.css"]
    paths += ["/hooks/x", "/api/v1/flows", "/api/v1/openapi.json", "/api/v1/none"]
    for path in paths:
        for method in ("HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "FOO"):
            client = world.api if path.startswith("/api") else person
            answer = client.request(method, f"{world.url}{path}")
            assert answer.status_code < 500, (method, path)
            assert method != "TRACE" or answer.status_code >= 400


def test_the_api_refuses_bodies_that_are_wrong(world, refused, nothing_kept):
    kind = {"Content-Type": "application/json"}
    bodies = [
        b"",
        b"{",
        b"[]",
        b"5",
        b'{"name": 5}',
        b'{"name": "a", "role": "owner"}',
        b"[" * 9_999,
    ]
    bodies += [b'{"name": NaN}', b'{"name": "a", "name": "b"}', b'{"name": "\\ud800"}', b"\xff"]
    bodies += [b'{"name": ""}', b'{"name": "%s"}' % (b"x" * 101)]
    for body in bodies:
        refused(world.api.post("/tokens", content=body, headers=kind))


def test_a_connection_with_wrong_values_is_refused_without_showing_them(world, refused):
    values = [{"password": [world.canary]}, {"password": 5}, {"port": world.canary}, {}, {"zz": 1}]
    for given in values:
        body = {"module": "email", "values": given}
        answer = world.api.put("/connections/mail", json=body)
        assert answer.status_code in (404, 422)
        assert "password" not in given or world.canary not in answer.text
    for allow in (["x"], ["0.0.0.0/99"], ["::/0/0"], [""], ["1" * 5_000]):
        body = {"module": "http", "values": {}, "allow": allow}
        assert world.api.put("/connections/web", json=body).status_code in (404, 422)

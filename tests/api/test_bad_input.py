"""Nothing that is sent makes a 5xx, and every refusal says what was expected."""

import json

import pytest

RUN = "run_0000000000000"
DEEP = b"[" * 5000 + b"]" * 5000


def refused(answer, status: int) -> dict:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["title"]
    assert "Traceback" not in answer.text
    return answer.json


@pytest.mark.parametrize(
    "body",
    [
        b'{"on": true, "extra": 1}',
        b'{"on": "yes"}',
        b"{}",
        b"[]",
        b"null",
        b"5",
        b'{"on": 1}',
    ],
)
def test_a_body_with_other_members_is_refused(ask, greet, body):
    answer = ask("POST", "/flows/greet/turn", data=body, content_type="application/json")
    assert refused(answer, 422)["code"] == "bad_body"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"on": true, "on": false}',
        b'{"on": NaN}',
        b"\xff\xfe",
        DEEP,
        b'{"on": "\\ud800"}',
    ],
)
def test_a_body_that_is_no_strict_json_is_refused(ask, greet, body):
    answer = ask("POST", "/flows/greet/turn", data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    refused(answer, answer.status_code)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        None,
        "x",
        "application/json; charset=utf-16",
    ],
)
def test_another_content_type_is_refused(ask, greet, kind):
    refused(ask("POST", "/flows/greet/turn", data=b'{"on": true}', content_type=kind), 415)
    if "json" not in (kind or ""):
        refused(ask("POST", "/flows", data=b"id: x", content_type=kind), 415)


def test_a_huge_body_is_refused(ask):
    huge = json.dumps({"name": "x" * 1_100_000})
    refused(ask("POST", "/tokens", data=huge, content_type="application/json"), 413)
    refused(ask.save("x" * 1_100_000), 413)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1&limit=2",
        "unknown=1",
        "state=gone",
        "cursor=x",
        "cursor=run_zzzzzzzzzzzzz",
        "limit=99999999999999999999",
    ],
)
def test_a_query_that_does_not_fit_is_refused(ask, query):
    refused(ask("GET", f"/runs?{query}"), 422)


@pytest.mark.parametrize("timeout", ["-1", "31", "inf", "nan", "x", "1e400"])
def test_nobody_waits_for_ever(ask, timeout):
    refused(ask("GET", f"/runs/{RUN}/wait?timeout={timeout}"), 422)


@pytest.mark.parametrize(
    "path",
    [
        "/runs/none",
        f"/runs/{RUN}",
        "/runs/%00",
        "/runs/%ff",
        "/flows/%F0%9F%98%80",
        "/flows/none",
        "/flows/none/export",
        "/modules/none",
        "/connections/none",
        f"/runs/{RUN}/wait",
        "/nowhere",
        "/flows/..%2f..%2fetc",
        "/runs/run_🙂",
    ],
)
def test_what_is_not_there_is_404(ask, path):
    refused(ask("GET", path), 404)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff\xfe",
        b"- 1",
        b"a: &a [*a]",
        b"id: x\nid: y",
        b"!!python/object:os.system {}",
        b"\x00",
        b"%YAML 9.9\n---\n",
        b"{" * 5000,
        b"id: [",
        "id: x\nname: \ud7ff".encode(),
        b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
        b"id: !!binary aGk=",
        b"? {a: 1}\n: 2",
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_its_place(ask, document):
    answer = ask("POST", "/flows", data=document, content_type="application/yaml")
    assert answer.status_code in (400, 422)
    refused(answer, answer.status_code)
    validated = ask("POST", "/flows/validate", data=document, content_type="application/yaml")
    assert validated.status_code == 200
    assert validated.json["problems"]


def test_a_wrong_method_is_refused(ask):
    refused(ask("DELETE", "/flows"), 405)


def test_an_event_for_an_unknown_address_is_refused(ask):
    assert "Publish" in refused(ask("POST", "/hooks/none/events", json={}), 404)["hint"]
    refused(ask("PUT", "/hooks/none/secret", json={"secret": "x"}), 404)
    refused(ask("PUT", "/hooks/none/secret", json={"secret": ""}), 422)

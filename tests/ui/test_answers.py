"""Headers, limits and errors: what a browser is told, and that nobody sees a traceback."""

import json

import pytest


def hook(nexus, owner, name):
    return next(row.path for row in nexus.hooks.list(owner) if row.name == name)


def test_every_answer_carries_the_protecting_headers(browser, flows):
    for path in ("/flows", "/sign-in", "/healthz", "/nowhere", "/static/app.css"):
        with browser.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_are_never_cached_and_versioned_files_are(browser):
    assert browser.get("/flows").headers["Cache-Control"] == "no-store"
    with browser.get("/static/app.css?v=1") as answer:
        assert "31536000" in answer.headers["Cache-Control"]


def test_health_answers_anyone_and_says_nothing_else(visitor):
    assert visitor.get("/healthz").json == {"ok": True}


def test_a_webhook_is_answered_202_then_200_with_the_same_ids(visitor, nexus, owner, flows):
    path = hook(nexus, owner, "order")
    body, headers = {"id": "A-7", "amount": 1, "items": []}, {"Idempotency-Key": "one"}
    first = visitor.post(path, json=body, headers=headers)
    again = visitor.post(path, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json == again.json
    assert first.json["event_id"].startswith("evt_")
    assert len(first.json["run_ids"]) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b"[NaN]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"hello", "text/plain", 415),
        (b'"' + b"x" * 1_000_001 + b'"', "application/json", 413),
    ],
)
def test_a_bad_webhook_gets_a_problem_it_can_act_on(
    body, kind, status, visitor, nexus, owner, flows
):
    answer = visitor.post(hook(nexus, owner, "order"), data=body, content_type=kind)
    assert answer.status_code in (status, 422), answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["title"]


def test_an_unknown_address_is_a_problem_too(visitor):
    answer = visitor.post("/hooks/nobody", json={})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_overload_says_when_to_come_back(visitor, nexus, owner, flows, monkeypatch):
    monkeypatch.setattr("nexus.core.trigger.webhook.BACKLOG", -1)
    answer = visitor.post(hook(nexus, owner, "order"), json={})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_a_fault_of_ours_shows_a_reference_and_no_traceback(browser, caplog, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the inside of the machine")

    monkeypatch.setattr("nexus.ui.flows.grouped", broken)
    page = browser.get("/flows", headers={"Accept": "text/html"})
    reference = caplog.messages[0].split()[1]
    assert page.status_code == 500
    assert reference in page.text
    assert "inside of the machine" not in page.text and "Traceback" not in page.text
    part = browser.get("/flows", headers={"HX-Request": "true"})
    assert 'hx-target="#toasts"' in part.text
    script = browser.get("/flows", headers={"Accept": "application/json"})
    assert json.loads(script.text)["code"] == "fault"


def test_what_is_not_there_is_said_plainly(browser, flows):
    for path in ("/flows/none", "/runs/run_0000000000000", "/runs/nonsense", "/nowhere"):
        page = browser.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert "There is no" in page.text


def test_nonsense_in_an_address_is_no_fault(browser, flows, finished):
    for path in (
        "/flows?q=%00%ff",
        "/flows/order?version=x&tab=none&step=none",
        "/flows/order?run=run_zzzzzzzzzzzzz",
        "/runs?state=odd",
        "/runs?cursor=odd",
        f"/runs/{finished}?step=none&turn=9",
    ):
        assert browser.get(path, headers={"Accept": "text/html"}).status_code < 500, path

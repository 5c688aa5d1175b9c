"""Deliveries by the short way, before Flask, and by the long way, through it, are told alike."""

import io

import pytest
from flask import request_started


@pytest.fixture
def path(nexus, owner, flows):
    return next(row.path for row in nexus.hooks.list(owner) if row.name == "order")


@pytest.fixture
def pages(web):
    """Every request that Flask saw."""
    seen = []

    def note(sender, **_):
        seen.append(sender)

    request_started.connect(note, web)
    yield seen
    request_started.disconnect(note, web)


def test_a_plain_delivery_is_answered_before_flask_sees_it(visitor, path, pages):
    answer = visitor.post(path, json={"id": "A-1", "amount": 3000, "items": []})
    assert (answer.status_code, answer.mimetype) == (202, "application/json")
    assert len(answer.json["run_ids"]) == 1
    assert answer.headers["Cache-Control"] == "no-store"
    assert pages == []


def test_a_repeat_answers_200_with_the_first_ids(visitor, path):
    headers = {"Idempotency-Key": "once"}
    first = visitor.post(path, json={"id": "A-1", "amount": 3000, "items": []}, headers=headers)
    again = visitor.post(path, json={"id": "A-1", "amount": 3000, "items": []}, headers=headers)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json == first.json


def test_what_is_refused_is_told_by_flask_as_a_problem(visitor, path, pages):
    answer = visitor.post(path, data=b"{", content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert len(pages) == 1


def test_a_body_that_breaks_off_is_refused_and_nothing_is_kept(visitor, path, nexus, owner):
    answer = visitor.post(
        path,
        input_stream=io.BytesIO(b'{"id": "A'),
        content_length=100,
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert not nexus.runs.list(owner).rows


def test_too_large_a_body_is_refused_unread(visitor, path):
    answer = visitor.post(path, data=b" " * 1_000_001, content_type="application/json")
    assert answer.status_code == 413


@pytest.mark.parametrize(("method", "rest"), [("get", ""), ("post", "/more")])
def test_anything_but_a_post_to_an_address_goes_the_long_way(method, rest, visitor, path, pages):
    answer = visitor.open(path + rest, method=method.upper())
    assert answer.status_code in (404, 405)
    assert len(pages) == 1

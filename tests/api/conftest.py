"""A real installation behind its API, and callers of every role."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from nexus.app import create_app
from nexus.core.nexus import open_nexus
from nexus.core.store.people import add_person, find_person
from nexus.core.store.sessions import add_token

GREET = """\
id: greet
name: Greet
settings: {words: {type: string, default: Hello}}
trigger:
  - use: core.webhook
do:
  - stop: {raise: {code: rude, message: "No name."}, if: event.data.name == null}
  - hello: {set: {text: "{{ settings.words }} {{ event.data.name }}"}}
"""
PATIENT = """\
id: patient
name: Patient
trigger:
  - use: core.webhook
do:
  - pause: {wait: 3d}
"""


def token_of(nexus, person: str) -> str:
    """Make a token with every right that the person has, those with a fresh sign-in too."""
    secret = f"nx_{person}_{secrets.token_hex(8)}"
    every = [".".join(pair) for pair in nexus.people.policy.table]
    row = {"id": secrets.token_hex(6), "person_id": person, "name": "test", "created": 1}
    row |= {"scopes": json.dumps(every).encode(), "console": False, "expires": None, "used": None}
    add_token(nexus.database, secret, **row)
    return secret


@dataclass(frozen=True)
class Caller:
    """Somebody with a token."""

    app: Flask
    token: str

    def __call__(self, method: str, path: str, **more: Any):
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)

    def save(self, text: str, kind: str = "application/yaml", file: str = ""):
        query = {"file": file} if file else {}
        return self("POST", "/flows", data=text, content_type=kind, query_string=query)


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("api"))
    opened.start()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(nexus):
    return create_app(nexus)


@pytest.fixture(scope="module")
def caller_of(nexus, app):
    """Make a caller with a role."""

    def make(role: str) -> Caller:
        if find_person(nexus.database, role) is None:
            client = "acme" if role.startswith("client") else None
            row = {"id": role, "name": role.title(), "client": client, "created": 1}
            add_person(nexus.database, row, [role])
        return Caller(app, token_of(nexus, role))

    return make


@pytest.fixture(scope="module")
def ask(caller_of):
    """The owner."""
    return caller_of("owner")


@pytest.fixture(scope="module")
def greet(ask):
    """A published flow that greets who is named in the event."""
    assert ask.save(GREET).status_code == 200
    assert ask("POST", "/flows/greet/publish", json={"note": "first"}).status_code == 200
    return "greet"


@pytest.fixture(scope="module")
def patient(ask):
    """A published flow that waits for three days."""
    assert ask.save(PATIENT).status_code == 200
    assert ask("POST", "/flows/patient/publish", json={}).status_code == 200
    return "patient"


@pytest.fixture
def send(ask):
    """Send an event to a flow and return its run's id."""

    def post(flow: str, data: Any) -> str:
        answer = ask("POST", f"/hooks/{flow}/events", json=data)
        assert answer.status_code == 202, answer.text
        (run_id,) = answer.json["run_ids"]
        ask("GET", f"/runs/{run_id}/wait?timeout=5")
        return run_id

    return post

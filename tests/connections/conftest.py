"""A real installation with connections to real servers on 127.0.0.1."""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from nexus.core.model.run import RunState

FLOW = """\
id: {id}
name: {id}
trigger: [{{use: core.webhook}}]
do:
  - ask: {{call: http.{action}, connection: shop, with: {{url: /orders}}}}
"""


@pytest.fixture
def start(nexus, owner):
    """Publish a flow that calls the shop, and send it an event; returns the run's id."""

    def send(action: str = "get", data: object = None) -> str:
        flow = f"call-{action}"
        if flow not in {row.id for row in nexus.flows.list(owner)}:
            nexus.flows.save(owner, FLOW.format(id=flow, action=action))
            nexus.flows.publish(owner, flow)
            nexus.flows.turn(owner, flow, True)
        return nexus.inbox.send(owner, flow, data or {}).run_ids[0]

    return send


@pytest.fixture
def until(nexus, owner):
    """Wait until a run is in a state, and return it."""

    def wait(run_id: str, *states: RunState, seconds: float = 10):
        end = time.monotonic() + seconds
        while (row := nexus.runs.show(owner, run_id).row).state not in states:
            assert time.monotonic() < end, (row.state, row.fault)
            time.sleep(0.01)
        return row

    return wait


@dataclass
class Provider:
    """A small OAuth 2 provider with an API: codes hold once, refresh tokens rotate."""

    url: str = ""
    lives: int = 3600
    delay: float = 0
    down: bool = False
    codes: dict = field(default_factory=dict)
    refresh: set = field(default_factory=set)
    access: set = field(default_factory=set)
    asked: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def consent(self, url: str) -> dict[str, str]:
        """Do as a person who agrees: returns the query that comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        return {"state": asked["state"], "code": code}

    def token(self, form: dict[str, str]) -> tuple[int, dict]:
        self.asked.append(form)
        time.sleep(self.delay)
        if self.down:
            return 503, {"error": "temporarily_unavailable"}
        if form.get("client_secret") != "the-client-secret-1":
            return 401, {"error": "invalid_client"}
        with self.lock:
            return self._grant(form)

    def _grant(self, form: dict[str, str]) -> tuple[int, dict]:
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if asked is None or asked["code_challenge"] != challenge:
                return 400, {"error": "invalid_grant"}
        elif form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh:
                return 400, {"error": "invalid_grant", "error_description": "It was used before."}
            self.refresh.discard(form["refresh_token"])
        access = f"access-{secrets.token_urlsafe(24)}"
        self.access.add(access)
        made = {"access_token": access, "token_type": "Bearer", "expires_in": self.lives}
        if form["grant_type"] != "client_credentials":
            fresh = f"refresh-{secrets.token_urlsafe(24)}"
            self.refresh.add(fresh)
            made["refresh_token"] = fresh
        return 200, made


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.say(*self.server.provider.token(form))

    def do_GET(self):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        good = token in self.server.provider.access
        self.say(200 if good else 401, {"ok": good})

    def say(self, status, answer):
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *parts):
        """Say nothing."""


@pytest.fixture
def provider():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.provider = Provider(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server.provider
    server.shutdown()
    thread.join(10)
    server.server_close()

"""Canary secrets, echoed back by a hostile provider in every form, are found nowhere."""

import base64
import json
import logging
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest

from nexus.app import create_app
from nexus.core.model.run import RunState
from nexus.core.redact import RedactingFormatter

CANARY = 'cnry/7f3a+"Zq9"xW2e5tY8u1o4p'
PASSWORD = "canary-mail-password-8d1f6b"
HALF = len(CANARY) // 2


def forms(secret: str) -> set[bytes]:
    """Return every trace by which somebody could recover the secret, or a half of it."""
    raw, half = secret.encode(), len(secret) // 2
    pieces = [secret, secret[:half], secret[half:], secret[:9], secret[9:18], secret[18:]]
    found = {raw.hex().encode(), raw.hex().upper().encode()}
    found |= {one.encode() for one in pieces} | {json.dumps(one)[1:-1].encode() for one in pieces}
    found |= {quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode()}
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw)
        found |= {coded[4:-4], coded[4:-4].replace(b"+", b"-").replace(b"/", b"_")}
    return found


def echoes(secret: str) -> list[object]:
    raw = secret.encode()
    return [
        secret,
        {"plain": f"you sent {secret}!", "authorization": secret},
        {"base64": [base64.b64encode(b"x" * n + raw).decode() for n in range(4)]},
        {"url": quote(secret, safe=""), "lower": quote(secret, safe="").replace("%2F", "%2f")},
        {"json": json.dumps(secret), "twice": json.dumps(json.dumps({"k": secret}))},
        {"hex": raw.hex(), "HEX": raw.hex().upper()},
        {"first": secret[:HALF], "second": secret[HALF:]},
        [secret[:9], secret[9:18], secret[18:]],
        {secret: "as a name"},
    ]


class Hostile(BaseHTTPRequestHandler):
    """Answers with what it was sent: in the body, in headers, in redirects and in errors."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        secret = self.headers["Authorization"].encode("latin-1").decode()
        kind, _, number = self.path.strip("/").partition("/")
        status, body = 200, json.dumps(echoes(secret)[int(number or 0) % 9]).encode()
        if kind == "error":
            status = 422
            body = (
                (b"no: " + body)
                if int(number) % 2
                else secret[:HALF].encode() + secret[HALF:].encode()
            )
        if kind == "busy":
            status = 429
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if kind == "ok" else "text/plain")
        self.send_header("X-Echo", quote(secret))
        self.send_header("X-Raw", base64.b64encode(secret.encode()).decode())
        self.send_header("Set-Cookie", f"a={quote(secret, safe='')}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *parts):
        """Say nothing."""


@pytest.fixture
def hostile():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def planted(nexus, owner, hostile, smtp_server):
    """Connections that hold the canaries; one speaks to the hostile provider."""
    values = {"base_url": f"http://{hostile}", "secret": CANARY}
    nexus.connections.set(owner, "evil", "http", values, [hostile])
    mail = {"host": "127.0.0.1", "port": smtp_server.port, "tls": "none", "from": "a@b.example"}
    mail |= {"user": "ada", "password": PASSWORD}
    nexus.connections.set(owner, "mail", "email", mail, [f"127.0.0.1:{smtp_server.port}"])


@pytest.fixture
def log(nexus, tmp_path):
    """The log as the server writes it, into a file."""
    handler = logging.FileHandler(tmp_path / "nexus.log")
    handler.setFormatter(RedactingFormatter(nexus.redactor))
    root = logging.getLogger()
    root.addHandler(handler)
    yield tmp_path / "nexus.log"
    root.removeHandler(handler)
    handler.close()


FLOW = """\
id: echo
name: Echo
trigger: [{use: core.webhook}]
do:
  - ask: {call: http.post, connection: evil, with: {url: "{{ event.data.path }}"}}
  - kept: {set: {copy: "{{ steps.ask.body }}", text: "it said {{ steps.ask.headers }}"}}
"""
PATHS = [f"{kind}/{number}" for kind in ("ok", "error") for number in range(9)] + ["busy/0"]


def run_all(nexus, owner):
    nexus.flows.save(owner, FLOW)
    nexus.flows.publish(owner, "echo")
    nexus.flows.turn(owner, "echo", True)
    runs = [nexus.inbox.send(owner, "echo", {"path": path}).run_ids[0] for path in PATHS]
    for carried in echoes(CANARY) + echoes(PASSWORD):  # events that carry a secret in
        runs.append(nexus.inbox.send(owner, "echo", {"path": "ok/0", "was": carried}).run_ids[0])
    for run in runs:
        nexus.runs.wait(owner, run, 5)
    return runs


def pages(app, nexus, runs):
    """Yield the body of every page that a person may open, and of every list of the API."""
    browser = app.test_client()
    browser.post("/sign-in", data={"token": nexus.people.link()})
    paths = ["/flows", "/flows/echo", "/flows/echo?tab=yaml", "/runs", "/modules"]
    paths += ["/settings/connections", "/settings/connections/evil", "/settings/connections/mail"]
    paths += [f"/runs/{run}?step={step}" for run in runs for step in ("ask", "kept", "event")]
    for path in paths:
        yield path, browser.get(path, headers={"Accept": "text/html"})
    yield "/no", browser.get(f"/{quote(CANARY)}")
    yield "/state", browser.get("/runs", query_string={"state": CANARY})
    token = nexus.tokens.make(nexus.people.console(), "t")[1]
    api = ["/flows", "/flows/echo", "/flows/echo/export", "/runs", "/connections"]
    api += ["/connections/evil", "/doctor", "/keys", f"/runs?state={quote(CANARY)}"]
    for path in api + [f"/runs/{run}" for run in runs]:
        yield (
            path,
            app.test_client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}),
        )


def test_canaries_are_found_nowhere(nexus, owner, planted, tmp_path, log, capfd):
    app = create_app(nexus)
    runs = run_all(nexus, owner)
    states = [nexus.runs.show(owner, run).row.state for run in runs]
    assert states.count(RunState.DONE) >= 20
    assert RunState.FAILED in states
    assert nexus.connections.test(owner, "evil").health == "ok"
    nexus.connections.test(owner, "mail")
    logging.getLogger("nexus.x").error("it broke with %s", CANARY)

    heaps = {
        path: answer.data + repr(answer.headers).encode()
        for path, answer in pages(app, nexus, runs)
    }
    with sqlite3.connect(tmp_path / "data" / "nexus.db") as raw:
        raw.execute("vacuum into ?", (str(tmp_path / "backup.db"),))
    for file in tmp_path.rglob("*"):  # the database, its write-ahead log, a backup, the logs
        if file.is_file():
            heaps[str(file)] = file.read_bytes()
    said = capfd.readouterr()
    heaps["stdout"], heaps["stderr"] = said.out.encode(), said.err.encode()

    assert "nexus.db-wal" in " ".join(heaps)
    found = [
        (where, trace)
        for where, heap in heaps.items()
        for secret in (CANARY, PASSWORD)
        for trace in forms(secret)
        if trace in heap
    ]
    assert found == []
    assert b"***" in heaps["/runs/" + runs[0]]


def test_the_search_would_find_them(tmp_path):
    """Each echo of the provider holds a trace, so finding none proves something."""
    for secret in (CANARY, PASSWORD):
        for echo in echoes(secret):
            raw = json.dumps(echo).encode()
            plain = raw.replace(b"\\", b"")
            assert any(trace in raw or trace in plain for trace in forms(secret)), echo

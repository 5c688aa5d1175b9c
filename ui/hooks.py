"""The door for webhooks: read bytes, hand them to the core, say what became of them.

The tour starts here; next comes core/trigger/webhook.py. A plain delivery is taken before Flask
sees it: the sessions, cookies and page headers that a machine never needs cost more than keeping
its event. Everything else, refusals too, takes the long way, so that all errors read alike.
"""

import io
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from threading import Semaphore
from typing import TYPE_CHECKING, cast

import msgspec
from flask import Blueprint, Flask, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import (
    ClientDisconnected,
    LengthRequired,
    RequestEntityTooLarge,
    ServiceUnavailable,
)

from nexus.core.model.view import Receipt
from nexus.core.nexus import Nexus
from nexus.core.trigger.body import FORM, LARGEST
from nexus.ui.door import anyone, nexus
from nexus.ui.doorman import TROUBLE
from nexus.ui.headers import HEADERS, STRICT_TRANSPORT

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

hooks = Blueprint("hooks", __name__)

PREFIX = "/hooks/"
SENDERS: SimpleQueue[None] = SimpleQueue()  # holds the right to wait for a body, so many times
MOST = 32  # half of the server's threads
for _ in range(MOST):
    SENDERS.put(None)
WAITERS = Semaphore(16)  # the right to wait for a run's output
PATIENCE = 0.5  # seconds until a sender that finds them all taken is sent away
ANSWER = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    *HEADERS.items(),
]
SECURE = [*ANSWER, ("Strict-Transport-Security", STRICT_TRANSPORT)]


@hooks.post("/hooks/<key>")
@anyone("the core checks the address and the signature")
def receive(key: str) -> Response:
    """Take one delivery: 202 the first time, 200 with the same ids for a repeat."""
    nexus().inbox.expect(key)
    if request.content_length is None and request.mimetype == FORM:
        raise LengthRequired  # a form that was cut short still reads as a form
    body = request.get_data(cache=False)
    if len(body) > LARGEST:
        raise RequestEntityTooLarge
    headers = {name.lower(): value for name, value in request.headers.items()}
    receipt = nexus().inbox.receive(key, headers, body)
    answered, told = reply(nexus(), receipt)
    return Response(told, 200 if answered else 202, ANSWER)


def reply(nexus: Nexus, receipt: Receipt) -> tuple[bool, bytes]:
    """Return what a sender is answered, and whether that is all: its event's ids, or the output.

    So many senders, and no more, may keep the server's threads waiting for a run.
    """
    if receipt.answers and WAITERS.acquire(blocking=False):
        try:
            output = nexus.inbox.answer(receipt)
        finally:
            WAITERS.release()
        if output is not None:
            return True, msgspec.json.encode(output)
    return receipt.repeat, _told(receipt)


def take(stream: "InputStream", size: int) -> bytes:
    """Read a body. So many senders, and no more, may keep the server's threads waiting.

    Raises:
        ServiceUnavailable: Too many others are in the middle of sending.
    """
    try:
        SENDERS.get(timeout=PATIENCE)
    except Empty:
        raise ServiceUnavailable from None
    try:
        return stream.read(size)
    finally:
        SENDERS.put(None)


class Body(io.RawIOBase):
    """A request's body for those who read it as a file."""

    def __init__(self, stream: "InputStream") -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read as the server would, when it is our turn."""
        return take(self._stream, size)

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read into a buffer, as parsers of forms do."""
        view = memoryview(buffer).cast("B")
        found = self.read(len(view))
        view[: len(found)] = found
        return len(found)


class ShortWay:
    """WSGI in front of Flask: it takes plain deliveries itself and hands the rest on."""

    def __init__(self, nexus: Nexus, pages: "WSGIApplication") -> None:
        self._nexus = nexus
        self._pages = pages

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Answer a plain delivery as `receive` would."""
        if TROUBLE in environ or not _is_plain(environ):
            environ["wsgi.input"] = Body(environ["wsgi.input"])
            return self._pages(environ, start)
        try:
            key = environ["PATH_INFO"].removeprefix(PREFIX)
            self._nexus.inbox.expect(key)
            receipt = self._nexus.inbox.receive(key, _headers(environ), _body(environ))
            answered, told = reply(self._nexus, receipt)
        except Exception as error:  # noqa: BLE001 - the long way raises and tells it
            environ[TROUBLE] = error
            return self._pages(environ, start)
        headers = SECURE if environ["wsgi.url_scheme"] == "https" else ANSWER
        start("200 OK" if answered else "202 Accepted", headers)
        return [told]


@hooks.record_once
def open_short_way(state: BlueprintSetupState) -> None:
    """Put the short way in front of the application that these hooks belong to."""
    app = cast(Flask, state.app)
    app.wsgi_app = ShortWay(app.extensions["nexus"], app.wsgi_app)  # type: ignore[assignment, method-assign]  # how Flask documents it


def _is_plain(environ: "WSGIEnvironment") -> bool:
    """True for a POST to an address, with a length that may be read."""
    path, length = environ["PATH_INFO"], environ.get("CONTENT_LENGTH") or ""
    plain = environ["REQUEST_METHOD"] == "POST" and path.startswith(PREFIX)
    return plain and "/" not in path[len(PREFIX) :] and length.isdigit() and int(length) <= LARGEST


def _headers(environ: "WSGIEnvironment") -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return headers


def _body(environ: "WSGIEnvironment") -> bytes:
    length = int(environ["CONTENT_LENGTH"])
    body = take(environ["wsgi.input"], length)
    if len(body) < length:
        raise ClientDisconnected
    return body


def _told(receipt: Receipt) -> bytes:
    return msgspec.json.encode({"event_id": receipt.event_id, "run_ids": receipt.run_ids})

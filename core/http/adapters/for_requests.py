"""A requests session whose every call goes through the guarded client (msal, stripe)."""

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as Unreachable
from requests.exceptions import ReadTimeout
from requests.structures import CaseInsensitiveDict

from nexus.core.http.adapters.run import call, plain
from nexus.core.http.answer import Response as Answer
from nexus.core.http.client import BoundClient
from nexus.core.sdk import Retry


class Guarded(Session):
    """A session that knows no other way out: no proxies, no netrc, no redirects of its own."""

    def __init__(self, client: BoundClient) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        for scheme in ("http://", "https://"):
            self.mount(scheme, Adapter(client))

    def get_redirect_target(self, resp: Response) -> str | None:
        """Follow nothing: the client has followed what may be followed, checked at each hop."""
        return None


class Adapter(BaseAdapter):
    """Carries a prepared request by the guarded client and its answer back."""

    def __init__(self, client: BoundClient) -> None:
        super().__init__()
        self._client = client

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send it; certificates are always checked and proxies never used, whatever is asked."""
        method, url = request.method or "GET", request.url or ""
        body, headers = _bytes(request.body), dict(request.headers)
        try:
            answer = call(self._client, method, url, headers, body, _seconds(timeout))
        except Retry as error:
            kind = ReadTimeout if error.code == "timeout" else Unreachable
            raise kind(error.message, request=request) from error
        return _response(answer, request)

    def close(self) -> None:
        """Leave the sockets to the client, whose they are."""


def _bytes(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    raw = body.read() if hasattr(body, "read") else b"".join(body)
    return raw.encode() if isinstance(raw, str) else bytes(raw)


def _seconds(timeout: Any) -> float | None:
    """Return one limit for the whole call from requests' (connect, read) or single number."""
    parts = timeout if isinstance(timeout, tuple) else (timeout,)
    known = [float(part) for part in parts if part is not None]
    return sum(known) or None


def _response(answer: Answer, request: PreparedRequest) -> Response:
    made = Response()
    made.status_code = answer.status
    made.reason = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
    made.headers = CaseInsensitiveDict(plain(answer))
    made.raw = BytesIO(answer.body)
    made.encoding = None
    made.url, made.request = request.url or "", request
    return made

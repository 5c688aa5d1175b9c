"""An httpx transport, plain and async, that goes through the guarded client (openai).

An answer comes whole: a stream of tokens is read to its end before the SDK sees it.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from nexus.core.http.adapters.run import call, own, plain
from nexus.core.http.answer import Response as Answer
from nexus.core.http.client import BoundClient
from nexus.core.sdk import Retry


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Carries requests by the guarded client: `httpx.Client(transport=…)` or `AsyncClient`."""

    def __init__(self, client: BoundClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request from plain code."""
        headers, url = dict(request.headers), str(request.url)
        body = request.read() or None
        try:
            answer = call(self._client, request.method, url, headers, body, _seconds(request))
        except Retry as error:
            raise _trouble(error, request) from error
        return _response(answer, request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on the loop."""
        body = await request.aread() or None
        try:
            answer = await self._client.send(
                request.method,
                str(request.url),
                headers=own(request.headers),
                body=body,
                timeout=_seconds(request),
            )
        except Retry as error:
            raise _trouble(error, request) from error
        return _response(answer, request)


def _seconds(request: httpx.Request) -> float | None:
    """Return one limit for the whole call from httpx's limits of its parts."""
    parts: Mapping[str, Any] = request.extensions.get("timeout", {})
    known = [float(parts[name]) for name in ("connect", "read") if parts.get(name)]
    return sum(known) or None


def _response(answer: Answer, request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        answer.status, headers=plain(answer), content=answer.body, request=request
    )


def _trouble(error: Retry, request: httpx.Request) -> httpx.TransportError:
    kind = httpx.ReadTimeout if error.code == "timeout" else httpx.ConnectError
    return kind(error.message, request=request)

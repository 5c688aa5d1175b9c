"""The only file that knows pyreqwest; it is imported at the first call."""

from collections.abc import Mapping
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BuilderError,
    DetailedPyreqwestError,
    RequestError,
    RequestTimeoutError,
)
from pyreqwest.response import Response as Incoming

from nexus.core.http.answer import MAX_BODY, Response, decode, too_large
from nexus.core.sdk import Refuse, Retry

CONNECT, READ, TOTAL = timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=30)
AGENT = "Nexus/1"
CONNECTING = "client error (Connect)"


def build(host: str, address: str, port: int) -> Client:
    """Make a client for one host that connects to one checked address, whatever DNS says later."""
    builder = ClientBuilder().no_proxy().follow_redirects(False).referer(False).user_agent(AGENT)
    # Unpacking is ours, so that its size and ratio can be bounded.
    builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
    builder = builder.connect_timeout(CONNECT).read_timeout(READ).timeout(TOTAL)
    return builder.resolve(host, address, port).build()


async def exchange(
    client: Client,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    timeout: float | None,
) -> Response:
    """Send one request and read its answer within bounds.

    Raises:
        Retry: When no whole answer came.
        Refuse: When the request cannot be sent or its answer not be read.
    """
    try:
        builder = client.request(method, url).headers(headers)
        if body is not None:
            builder = builder.body_bytes(body)
        if timeout is not None:
            builder = builder.timeout(timedelta(seconds=timeout))
        request = builder.build_streamed()
    except (BuilderError, ValueError, TypeError) as error:
        raise Refuse(
            f"The request cannot be written: {error.args[0]}.", code="bad_request", sent=False
        ) from None
    try:
        async with request as incoming:
            return await _read(incoming, method)
    except RequestError as error:
        raise _trouble(error) from None


async def _read(incoming: Incoming, method: str) -> Response:
    headers: dict[str, str] = {}
    for name, value in incoming.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if method == "HEAD":  # its content-length is of a body that never comes
        return Response(incoming.status, headers, b"")
    body = await _read_body(incoming, headers.get("content-length"))
    return Response(incoming.status, headers, decode(body, headers.get("content-encoding", "")))


async def _read_body(incoming: Incoming, length: str | None) -> bytes:
    if length is not None and length.isdigit():
        if int(length) > MAX_BODY:
            raise too_large()
        return bytes(await incoming.bytes())
    chunks, size = [], 0
    while (chunk := await incoming.body_reader.read_chunk()) is not None:
        size += len(chunk)
        if size > MAX_BODY:
            raise too_large()
        chunks.append(bytes(chunk))
    return b"".join(chunks)


def _trouble(error: DetailedPyreqwestError) -> Retry:
    # A total time-out after sending is called ConnectTimeoutError too; only the cause tells
    # that nothing has left, and money depends on it.
    causes = [cause["message"] for cause in error.details.get("causes") or ()]
    sent = False if CONNECTING in causes else None
    if isinstance(error, RequestTimeoutError):
        return Retry("The server did not answer in time.", code="timeout", sent=sent)
    if sent is False:
        return Retry("The server cannot be reached.", code="unreachable", sent=False)
    return Retry("The connection broke before the answer was complete.", code="broken", sent=sent)

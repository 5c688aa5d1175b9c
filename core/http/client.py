"""The guarded client: each address is resolved once, checked, and connected to as checked."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from nexus.core.http.address import Origin, blocked, read_host, read_url
from nexus.core.http.answer import Response
from nexus.core.http.guard import WEB_PORTS, Rules, read_allow
from nexus.core.sdk import Refuse, Retry

if TYPE_CHECKING:
    from pyreqwest.client import Client
    from requests import Session

    from nexus.core.http.adapters.for_httpx import Transport

Resolve = Callable[[str], list[str]]
PIN_SECONDS = 60.0
DNS_SECONDS = 5.0
TOTAL_SECONDS = 30.0
MAX_PINS = 64
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAIL_PORTS = frozenset({25, 465, 587, 2525})
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te"})
HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})


def resolve_host(host: str) -> list[str]:
    """Ask the system for every address of a name, IPv4 first."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return sorted({str(entry[4][0]) for entry in found}, key=lambda text: (":" in text, text))


class Http:
    """Makes bound clients and keeps them, so that a connection's sockets stay open."""

    def __init__(self, resolve: Resolve = resolve_host) -> None:
        self._resolve = resolve
        self._bound: dict[tuple[str, tuple[str, ...], tuple[str, ...]], BoundClient] = {}

    def bind(
        self, connection: str = "", allow: Iterable[str] = (), hosts: Iterable[str] = ("*",)
    ) -> "BoundClient":
        """Return the client of a connection; the same one for the same rules.

        Args:
            connection: The connection's id; no two connections share sockets.
            allow: What its owner opened, see `read_allow`.
            hosts: The only hosts it may speak to; `*` is any.

        Raises:
            ValueError: When an entry of `allow` cannot be read.
        """
        key = (connection, tuple(allow), tuple(hosts))
        client = self._bound.get(key)
        if client is None:
            client = BoundClient(read_allow(key[1], key[2]), self._resolve)
            self._bound[key] = client
        return client

    def close(self) -> None:
        """Forget every client and so close its sockets."""
        self._bound.clear()


class Pin:
    """A client that connects to one checked address, and until when that check holds."""

    __slots__ = ("address", "client", "until")

    def __init__(self, client: "Client", address: str) -> None:
        self.client = client
        self.address = address
        self.until = time.monotonic() + PIN_SECONDS


class BoundClient:
    """A guarded client for one connection. Safe to use from several loops and threads."""

    def __init__(self, rules: Rules, resolve: Resolve = resolve_host) -> None:
        self._rules = rules
        self._resolve = resolve
        self._pins: dict[Origin, Pin] = {}
        self._wire: Any = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Send one request and return the answer, whatever its status.

        GET and HEAD follow up to three redirects, each checked afresh; other methods never do.

        Raises:
            Retry: When no answer came; `sent` is False when nothing left the house.
            Refuse: When the address may not be called or the answer cannot be taken.
        """
        sending = _own(headers)
        total = min(timeout, TOTAL_SECONDS) if timeout is not None else None
        origin, rest = read_url(url)
        answer = await self._exchange(method, origin, rest, sending, body, total)
        if answer.status in REDIRECTS and method in ("GET", "HEAD"):
            return await self._follow(method, origin, rest, sending, answer, total)
        return answer

    async def _follow(
        self,
        method: str,
        origin: Origin,
        rest: str,
        headers: dict[str, str],
        answer: Response,
        total: float | None,
    ) -> Response:
        deadline = time.monotonic() + (total or TOTAL_SECONDS)
        for _ in range(MAX_REDIRECTS):
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return answer
            place = urljoin(f"{origin}{rest}", answer.headers["location"])
            came_from, (origin, rest) = origin, read_url(place)
            if origin != came_from:
                headers = {name: text for name, text in headers.items() if name in HARMLESS}
            left = max(deadline - time.monotonic(), 0.001)
            answer = await self._exchange(method, origin, rest, headers, None, left)
        if answer.status in REDIRECTS:
            words = f"The server redirected more than {MAX_REDIRECTS} times."
            raise Refuse(words, code="too_many_redirects", sent=True)
        return answer

    async def _exchange(
        self,
        method: str,
        origin: Origin,
        rest: str,
        headers: dict[str, str],
        body: bytes | None,
        timeout: float | None,
    ) -> Response:
        pin = self._pins.get(origin)
        if pin is None or pin.until < time.monotonic():
            pin = await self._pin(origin)
        try:
            answer: Response = await self._wire.exchange(
                pin.client, method, f"{origin}{rest}", headers, body, timeout
            )
        except Retry:
            pin.until = 0.0  # ask DNS again: the address may be the trouble
            raise
        return answer

    async def _pin(self, origin: Origin) -> Pin:
        addresses = await self._addresses(origin.host, origin.port, WEB_PORTS)
        known = self._pins.get(origin)  # another call may have been faster
        if known is not None and known.address in addresses:
            known.until = time.monotonic() + PIN_SECONDS
            return known
        if self._wire is None:
            from nexus.core.http import wire  # noqa: PLC0415 - 5 MB that load at the first call

            self._wire = wire
        if len(self._pins) >= MAX_PINS:
            self._pins.pop(next(iter(self._pins)))
        pin = Pin(self._wire.build(origin.host, addresses[0], origin.port), addresses[0])
        self._pins[origin] = pin
        return pin

    async def _addresses(self, host: str, port: int, usual: frozenset[int]) -> list[str]:
        try:
            async with asyncio.timeout(DNS_SECONDS):
                found = await asyncio.to_thread(self._find, host)
        except TimeoutError:
            raise _unknown(host) from None
        return self._rules.check(host, port, found, usual)

    def _find(self, host: str) -> list[str]:
        name, literal = read_host(f"[{host}]" if ":" in host else host)
        if literal is not None:
            return [str(literal)]
        try:
            return self._resolve(name)
        except (OSError, UnicodeError):
            raise _unknown(name) from None

    async def connect(self, host: str, port: int) -> tuple[str, int]:
        """Check a mail server's host and return the address and port to connect to.

        Connect to what this returns, not to the name: a second look-up may answer otherwise.

        Raises:
            Retry: When the name is not known.
            Refuse: When the address may not be called.
        """
        return (await self._addresses(_host(host), port, MAIL_PORTS))[0], port

    def for_requests(self) -> "Session":
        """Return a requests session that goes through this client, for an SDK that takes one."""
        from nexus.core.http.adapters.for_requests import Guarded  # noqa: PLC0415 - first use

        return Guarded(self)

    def for_httpx(self) -> "Transport":
        """Return an httpx transport that goes through this client, for an SDK that takes one."""
        from nexus.core.http.adapters.for_httpx import Transport  # noqa: PLC0415 - first use

        return Transport(self)

    def check(self, host: str, port: int) -> tuple[str, int]:
        """Do as `connect`, for a plain function that runs in a thread."""
        name = _host(host)
        return self._rules.check(name, port, self._find(name), MAIL_PORTS)[0], port


def _own(headers: Mapping[str, str] | None) -> dict[str, str]:
    sending = {"accept-encoding": "gzip"}
    for name, text in (headers or {}).items():
        low = name.lower()
        if low in OURS or low.startswith("proxy-"):
            words = f"The header {name!r} is set by Nexus itself; leave it out."
            raise Refuse(words, code="bad_header", sent=False)
        sending[low] = text
    return sending


def _host(text: str) -> str:
    if not text or text != text.strip():
        raise blocked()
    return read_host(f"[{text}]" if ":" in text else text)[0]


def _unknown(host: str) -> Retry:
    return Retry(f"No address is known for {host}.", code="unreachable", sent=False)

"""Strict reading of web addresses: one way to write each host, everything else is refused."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote

from nexus.core.sdk import Refuse

IpAddress = IPv4Address | IPv6Address
PARTS = re.compile(r"(https?)://([^/?#]+)([^#]*)(?:#.*)?", re.IGNORECASE)
UNCLEAN = re.compile(r"[\x00-\x20\x7f\\]")
AUTHORITY = re.compile(r"(\[[^\]@]*\]|[^:@\[\]]+)(?::([0-9]{1,5}))?")
NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port. `text` is how an address begins that leads there."""

    scheme: str
    host: str
    port: int

    @cached_property
    def text(self) -> str:
        """Return it as it is written; a default port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if DEFAULT_PORTS.get(self.scheme) == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        return self.text


def blocked() -> Refuse:
    """Return the one refusal for every address that may not be called.

    It never says which rule spoke, so that nobody can map a network with it.
    """
    return Refuse(
        "This address may not be called.",
        code="blocked_address",
        hint="Only public addresses may be called; the owner of a connection can open a private "
        "network for it.",
        sent=False,
    )


@lru_cache(maxsize=256)
def read_url(url: str) -> tuple[Origin, str]:
    """Read a web address into its origin and the rest (path and query).

    Raises:
        Refuse: When it is not a complete address or hides its host.
    """
    parts = PARTS.fullmatch(url)
    if parts is None or UNCLEAN.search(url):
        raise Refuse(
            f"{url[:200]!r} is not a web address.",
            code="bad_url",
            hint="Write it whole and without spaces, like https://example.com/path.",
            sent=False,
        )
    rest = parts[3]
    if not rest.isascii():
        rest = quote(rest, safe="/?&=%:;,+@!$'()*~-._[]")
    return read_origin(parts[1].lower(), parts[2]), rest if rest.startswith("/") else f"/{rest}"


@lru_cache(maxsize=1024)
def read_origin(scheme: str, authority: str) -> Origin:
    """Read `host` or `host:port`; user names, odd numbers and odd letters are refused."""
    parts = AUTHORITY.fullmatch(authority)
    if parts is None:
        raise blocked()
    port = int(parts[2]) if parts[2] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise blocked()
    return Origin(scheme, read_host(parts[1])[0], port)


def read_host(text: str) -> tuple[str, IpAddress | None]:
    """Read a host: a name in lower case ASCII, or an address in its usual spelling."""
    host = _ascii(text).lower()
    if host.startswith("["):
        literal: IpAddress | None = _canonical(IPv6Address, host[1:-1])
        return host[1:-1], literal
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        return host, _canonical(IPv4Address, host)
    if len(host) > 253 or not NAME.fullmatch(host):
        raise blocked()
    return host, None


def _ascii(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode()
    except UnicodeError:
        raise blocked() from None


def _canonical(kind: type[IPv4Address] | type[IPv6Address], text: str) -> IpAddress:
    try:
        address = kind(text)
    except (AddressValueError, ValueError):
        raise blocked() from None
    if str(address) != text or "%" in text:
        raise blocked()
    return address

"""Which addresses may be called: public ones, and the networks that a connection's owner opened."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network

from nexus.core.http.address import IpAddress, blocked

Network = IPv4Network | IPv6Network
WEB_PORTS = frozenset({80, 443})
NAMED_PORT = re.compile(r"([a-z0-9_.-]+[a-z][a-z0-9_.-]*):([0-9]{1,5})", re.IGNORECASE)


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


# Cloud metadata and link-local: they hand out credentials, so nobody can open them.
NEVER = _networks(
    "169.254.0.0/16",
    "fe80::/10",
    "fd00:ec2::/32",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "192.0.0.192/32",
)
NAT64 = _networks("64:ff9b::/96", "64:ff9b:1::/48")
# Global by the registry, yet ways round a check: tunnels, translators, protocol assignments.
DETOURS = (*NAT64, *_networks("2002::/16", "2001::/32", "192.0.0.0/24", "::/96", "::ffff:0:0/96"))


@dataclass(frozen=True, slots=True)
class Rules:
    """What one connection may reach besides public addresses on ports 80 and 443.

    Attributes:
        networks: Private networks that its owner opened, each with the one port or any (0).
        ports: Ports opened on a name, as in `billing.example.com:8443`.
        hosts: The only hosts it may speak to; `*.example.com` is any below, `*` is any at all.
    """

    networks: tuple[tuple[Network, int], ...] = ()
    ports: frozenset[tuple[str, int]] = frozenset()
    hosts: tuple[str, ...] = ("*",)

    def permit(self, host: str, port: int, address: IpAddress, usual: frozenset[int]) -> bool:
        """Say whether this host may be called at this address and port."""
        plain = unwrap(address)
        if _in(NEVER, plain) or _in(NEVER, hidden(plain)) or not self._names(host):
            return False
        if any(_in((net,), plain) and only in (0, port) for net, only in self.networks):
            return True
        return is_public(plain) and (port in usual or (host, port) in self.ports)

    def _names(self, host: str) -> bool:
        return any(_matches(pattern, host) for pattern in self.hosts)

    def check(self, host: str, port: int, found: list[str], usual: frozenset[int]) -> list[str]:
        """Return the addresses of a host, all of which must be permitted.

        Raises:
            Refuse: When there is none, or one of them is not permitted.
        """
        if not found:
            raise blocked()
        if not all(self.permit(host, port, ip_address(text), usual) for text in found):
            raise blocked()
        return found


def read_allow(entries: Iterable[str], hosts: Iterable[str] = ("*",)) -> Rules:
    """Read what an owner opened: `10.0.0.0/8`, `10.1.2.3:8080` or `billing.example.com:8443`.

    Raises:
        ValueError: When an entry is none of these; the text says which.
    """
    networks, ports = [], set()
    for entry in entries:
        if named := NAMED_PORT.fullmatch(entry):
            ports.add((named[1].lower(), int(named[2])))
        else:
            networks.append(_read_network(entry))
    return Rules(tuple(networks), frozenset(ports), tuple(host.lower() for host in hosts))


def _read_network(entry: str) -> tuple[Network, int]:
    head, slash, tail = entry.partition("/")
    if slash:
        bits, _, port = tail.partition(":")
        text = f"{head}/{bits}"
    elif head.count(":") == 1:
        text, _, port = head.partition(":")
    else:
        text, port = head, ""
    try:
        return ip_network(text, strict=False), int(port or 0)
    except ValueError:
        raise ValueError(
            f"{entry!r} is neither a network (10.0.0.0/8), an address with a port "
            "(10.1.2.3:8080) nor a name with a port (billing.example.com:8443)."
        ) from None


def unwrap(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that an IPv6 spelling (`::ffff:1.2.3.4`, `::1.2.3.4`) stands for."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if 1 < int(address) < 1 << 32:
        return IPv4Address(int(address))
    return address


def hidden(address: IpAddress) -> IpAddress:
    """Return the IPv4 address that a tunnel or translator would call, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return IPv4Address(int(address) & 0xFFFFFFFF) if _in(NAT64, address) else address


def is_public(address: IpAddress) -> bool:
    """Say whether an unwrapped address belongs to the public internet."""
    private = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not private and not _in(DETOURS, address)


def _in(networks: Iterable[Network], address: IpAddress) -> bool:
    return any(address in network for network in networks)


def _matches(pattern: str, host: str) -> bool:
    return pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))

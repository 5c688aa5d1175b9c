"""How the doors stand: where Nexus listens, which proxies it believes, how much it takes.

`nexus serve` fills this in from its options; tests and the command line take what is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

HOME = "127.0.0.1"
HOPELESS = 70  # ends the parent too, with exit code 1; a death of any other kind is mended
RATES: Mapping[str, str] = MappingProxyType(
    {"hooks": "120000/minute", "api": "12000/minute", "sign-in": "20/minute"}
)


@dataclass(frozen=True, kw_only=True)
class Doors:
    """What an administrator may set.

    Attributes:
        host: The address to listen at.
        proxies: How many proxies in front are ours; 0 ignores every X-Forwarded header.
        rates: The most that each door takes from one key or token, and from one address.
        log: How the server tells what happens: lines for people, or an object of JSON each.
    """

    host: str = HOME
    proxies: int = 0
    rates: Mapping[str, str] = field(default_factory=lambda: dict(RATES))
    log: Literal["text", "json"] = "text"

    @property
    def is_home(self) -> bool:
        """True when only this machine can reach it."""
        return self.host in (HOME, "::1", "localhost")

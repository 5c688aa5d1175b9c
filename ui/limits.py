"""How often each door may be used: by one key or token, and from one address.

The counting is the `limits` library's, which Flask-Limiter stands on; docs/decisions/0012 says why
it is called directly.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from typing import TYPE_CHECKING

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from nexus.core.model.problem import Problem, Refused
from nexus.ui.words import _

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SIGN_IN = ("/sign-in", "/confirm", "/forgot", "/invitation", "/reset")  # where somebody may guess


class TooMany(Refused):
    """Refuses what comes too often; `seconds` is when it may come again."""

    def __init__(self, seconds: int) -> None:
        title = _("This is too much at once.")
        hint = _("Try again in %d seconds.") % seconds
        super().__init__(Problem(code="too_many", title=title, status=429, hint=hint))
        self.seconds = seconds


class Limits:
    """Counts in this process's memory; a restart begins anew."""

    def __init__(self, rates: Mapping[str, str]) -> None:
        self._counter = FixedWindowRateLimiter(MemoryStorage())
        self._rates = {door: parse(rate) for door, rate in rates.items()}

    def check(self, environ: "WSGIEnvironment") -> None:
        """Count a request.

        Raises:
            TooMany: Its key, its token or its address has come too often.
        """
        door, who = _door(environ)
        if door:
            self._count(door, "from", network(environ.get("REMOTE_ADDR") or ""))
            if who:
                self._count(door, "by", who)

    def _count(self, door: str, how: str, who: str) -> None:
        rate = self._rates[door]
        if not self._counter.hit(rate, door, how, who):
            until = self._counter.get_window_stats(rate, door, how, who).reset_time
            raise TooMany(max(1, int(until - time.time()) + 1))


def _door(environ: "WSGIEnvironment") -> tuple[str, str]:
    """Return which door a request comes to and the key or token that it shows."""
    path: str = environ["PATH_INFO"]
    if path.startswith("/hooks/"):
        return "hooks", _hidden(path[7:])
    if path.startswith("/api/"):
        return "api", _hidden(environ.get("HTTP_AUTHORIZATION", ""))
    if path.startswith(SIGN_IN) and environ["REQUEST_METHOD"] == "POST":
        return "sign-in", ""
    return "", ""


def _hidden(secret: str) -> str:
    """Return a short stand-in, so that no secret lies in the counter's memory."""
    return blake2b(secret.encode(errors="replace"), digest_size=12).hexdigest() if secret else ""


@lru_cache(maxsize=8192)
def network(address: str) -> str:
    """Return what one sender surely holds: an IPv4 address, or the /64 of an IPv6 one."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    plain = getattr(parsed, "ipv4_mapped", None)
    return str(plain) if plain else parsed.packed[:8].hex()

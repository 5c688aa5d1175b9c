"""How often each door may be used: by one key or token, and from one address.

Counted in fixed windows in this process's memory; docs/decisions/0012 says why by ourselves.
"""

import time
from collections.abc import Hashable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from nexus.core.model.problem import Problem, Refused
from nexus.ui.words import _

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
SIGN_IN = ("/sign-in", "/confirm", "/forgot", "/invitation", "/reset")  # where somebody may guess


class TooMany(Refused):
    """Refuses what comes too often; `seconds` is when it may come again."""

    def __init__(self, seconds: int) -> None:
        title = _("This is too much at once.")
        hint = _("Try again in %d seconds.") % seconds
        super().__init__(Problem(code="too_many", title=title, status=429, hint=hint))
        self.seconds = seconds


class Window:
    """Counts who came how often since it began; when it ends, everybody begins anew.

    Somebody may send twice the rate around its edge. Threads may lose a count to each other, which
    changes as little: the rates are there against floods and guessing.
    """

    __slots__ = ("_counts", "_ends", "_most", "_seconds")

    def __init__(self, rate: str) -> None:
        most, _, unit = rate.partition("/")
        self._most, self._seconds = int(most), SECONDS[unit]
        self._counts: dict[Hashable, int] = {}
        self._ends = 0.0

    def count(self, who: Hashable) -> None:
        """Count one more.

        Raises:
            TooMany: They have come too often.
        """
        now = time.monotonic()
        if now >= self._ends:
            self._counts, self._ends = {}, now + self._seconds
        count = self._counts[who] = self._counts.get(who, 0) + 1
        if count > self._most:
            raise TooMany(int(self._ends - now) + 1)


class Limits:
    """A window for each door; a restart begins anew."""

    def __init__(self, rates: Mapping[str, str]) -> None:
        self._windows = {door: Window(rate) for door, rate in rates.items()}

    def check(self, environ: "WSGIEnvironment") -> None:
        """Count a request.

        Raises:
            TooMany: Its key, its token or its address has come too often.
        """
        door, who = _door(environ)
        if door:
            window = self._windows[door]
            window.count(network(environ.get("REMOTE_ADDR") or ""))
            if who:
                window.count(hash(who))  # no secret is to lie in memory for a count


def _door(environ: "WSGIEnvironment") -> tuple[str, str]:
    """Return which door a request comes to and the key or token that it shows."""
    path: str = environ["PATH_INFO"]
    if path.startswith("/hooks/"):
        return "hooks", path[7:]
    if path.startswith("/api/"):
        return "api", environ.get("HTTP_AUTHORIZATION", "")
    if path.startswith(SIGN_IN) and environ["REQUEST_METHOD"] == "POST":
        return "sign-in", ""
    return "", ""


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

"""Slow guessing down, per account and per address: each failure makes the next try wait longer.

It is a delay and never a lock: nobody can shut somebody else out for good.
"""

from functools import partial
from ipaddress import ip_address, ip_network

from nexus.core.clock import SECOND, Clock
from nexus.core.model.problem import Problem, Refused
from nexus.core.store import sessions as store
from nexus.core.store.database import Database
from nexus.core.store.people import hashed

FREE = {"account": 4, "ip": 30}  # tries that nobody has to wait after
LONGEST = 60 * SECOND


class Throttle:
    """Counts tries in the database, before they are made."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(self, account: str, ip: str) -> None:
        """Count a try.

        Raises:
            Refused: 429, the account or the address has to wait.
        """
        now = self._clock.now()
        for kind, about in _abouts(account, ip):
            wait = store.begin_try(self._database, about, now, partial(pause, kind))
            if wait:
                raise Refused(_wait(wait - now))

    def succeed(self, account: str, ip: str) -> None:
        """Forget an account's failures; an address only has this one try taken back."""
        for kind, about in _abouts(account, ip):
            store.end_try(self._database, about, all_forgotten=kind == "account")


def pause(kind: str, failures: int) -> int:
    """Return how long the next try waits after so many failures in a row."""
    over = failures - FREE[kind]
    return 0 if over < 0 else min(LONGEST, SECOND << min(over, 10))


def _abouts(account: str, ip: str) -> list[tuple[str, str]]:
    found = [("account", f"account:{hashed(account)[:40]}")]
    return [*found, ("ip", f"ip:{_block(ip)}")] if ip else found


def _block(ip: str) -> str:
    """Return an IPv4 address, or the /64 that one IPv6 customer has all of."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    bits = 32 if address.version == 4 else 64
    return str(ip_network(f"{address}/{bits}", strict=False))


def _wait(micros: int) -> Problem:
    seconds = max(1, -(-micros // SECOND))
    return Problem(
        code="slow_down",
        title=f"Too many tries in a row. Please wait {seconds} s.",
        status=429,
        hint="Nothing is locked; the next try counts after that.",
    )

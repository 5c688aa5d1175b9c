"""A guarded `requests` session, for libraries that take nothing else (msal, Authlib).

The same rules as the client: each name is resolved once, every address is checked, and the
connection goes to the checked address. No proxies, no redirects, time-outs always.
"""

import socket
from collections.abc import Iterable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from nexus.core.http.address import read_host, read_url
from nexus.core.http.client import Resolve, resolve_host
from nexus.core.http.guard import WEB_PORTS, Rules, read_allow

TIMEOUT = (5.0, 15.0)
MOST_BYTES = 2_000_000


class GuardedSession(requests.Session):
    """A session that reaches public addresses, what its owner opened, and nothing else."""

    def __init__(
        self,
        allow: Iterable[str] = (),
        hosts: Iterable[str] = ("*",),
        resolve: Resolve = resolve_host,
    ) -> None:
        super().__init__()
        self.trust_env = False
        adapter = _Adapter(read_allow(allow, hosts), resolve)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method: str, url: str | bytes, **more: Any) -> requests.Response:  # type: ignore[override]  # the names in between are passed on
        """Send a request; a redirect is an answer like any other."""
        read_url(url if isinstance(url, str) else url.decode())  # refuses odd spellings of hosts
        more |= {"allow_redirects": False, "timeout": TIMEOUT}
        answer = super().request(method, url, **more)
        if len(answer.content) > MOST_BYTES:
            raise requests.RequestException("the answer is too large")
        return answer


class _Adapter(HTTPAdapter):
    def __init__(self, rules: Rules, resolve: Resolve) -> None:
        self._rules = rules
        self._resolve = resolve
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools whose connections go to checked addresses."""
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pools(self._rules, self._resolve)


def _pools(rules: Rules, resolve: Resolve) -> Any:
    def connect(host: str, port: int, timeout: Any) -> socket.socket:
        name, literal = read_host(f"[{host}]" if ":" in host else host)
        found = [str(literal)] if literal is not None else resolve(name)
        address = rules.check(name, port, found, WEB_PORTS)[0]
        return socket.create_connection((address, port), timeout)

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self.host, self.port or 80, self.timeout)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self.host, self.port or 443, self.timeout)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}

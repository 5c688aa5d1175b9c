"""The one way from a command to a core verb: a request to the REST API."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from nexus.core.model.problem import Problem, Refused

JSON = "application/json"
YAML = "application/yaml"
MOVING = ("ready", "running")
KNOWN = {each.name for each in fields(Problem)}


class Transport(Protocol):
    """What carries a request: a socket to the server, or a call in this process."""

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        """Send a request and return the answer's status and body."""
        ...


@dataclass(frozen=True)
class Client:
    """Asks the REST API. `offline` says that it is served by this very process."""

    transport: Transport
    offline: bool = False

    def get(self, path: str, **query: Any) -> Any:
        """Ask for something; members of the query that are None are left out."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(asked)}" if asked else path)

    def text(self, path: str, **query: Any) -> str:
        """Ask for something that is no JSON."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", f"/api/v1{path}?{urlencode(asked)}", {}, None).decode()

    def post(self, path: str, body: Any = None) -> Any:
        """Post a body as JSON."""
        return self._ask("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        """Put a body as JSON."""
        return self._ask("PUT", path, body)

    def patch(self, path: str, body: Any) -> Any:
        """Change some of it as JSON."""
        return self._ask("PATCH", path, body)

    def delete(self, path: str) -> Any:
        """Take something away."""
        return self._ask("DELETE", path)

    def document(self, path: str, raw: bytes, file: str) -> Any:
        """Post a flow document as it stands in a file."""
        query = urlencode({"file": file})
        return _read(self._send("POST", f"/api/v1{path}?{query}", {"Content-Type": YAML}, raw))

    def event(self, name: str, raw: bytes) -> Any:
        """Post JSON as it stands in a file to an address, as a person."""
        path = f"/api/v1{at('hooks', name, 'events')}"
        return _read(self._send("POST", path, {"Content-Type": JSON}, raw))

    def deliver(self, key: str, raw: bytes, headers: dict[str, str]) -> Any:
        """Post raw bytes to an address, as a provider would."""
        return _read(self._send("POST", f"/hooks/{quote(key, safe='')}", headers, raw))

    def settle(self, run_ids: Iterable[str], seconds: float) -> list[Any]:
        """Return the runs once nothing of them is under way, or when the time is up."""
        end = time.monotonic() + seconds
        return [self._rest(run_id, end) for run_id in run_ids]

    def _rest(self, run_id: str, end: float) -> Any:
        while True:
            row = self.get(f"/runs/{run_id}/wait", timeout=0.1)
            if row["state"] not in MOVING or time.monotonic() > end:
                return row

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        raw = None if body is None else json.dumps(body).encode()
        headers = {} if raw is None else {"Content-Type": JSON}
        return _read(self._send(method, f"/api/v1{path}", headers, raw))

    def _send(self, method: str, path: str, headers: dict[str, str], raw: bytes | None) -> bytes:
        status, answer = self.transport.send(method, path, headers, raw)
        if status >= 400:
            raise Refused(*_problems(status, answer))
        return answer


def at(*parts: str) -> str:
    """Make a path of its parts, each written so that it stays one part."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def _read(answer: bytes) -> Any:
    return json.loads(answer) if answer else None


def _problems(status: int, answer: bytes) -> list[Problem]:
    try:
        body = json.loads(answer)
        return [read_problem(one) for one in body.get("problems") or [body]]
    except (ValueError, AttributeError, TypeError):
        title = f"Nexus answered {status} without saying why."
        return [Problem(code="unreadable_answer", title=title, status=status)]


def read_problem(members: dict[str, Any]) -> Problem:
    """Read a problem from its members in JSON; those that are not known fall away."""
    return Problem(**{name: value for name, value in members.items() if name in KNOWN})

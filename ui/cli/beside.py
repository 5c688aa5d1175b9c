"""Speak to the server that runs on the data folder, found by the file it left there."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nexus.core.model.problem import Problem, Refused
from nexus.core.store.lock import is_locked
from nexus.ui.server_file import FILE

PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """A running server. Its token is made anew at each start."""

    url: str
    token: str
    pid: int

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        """Send a request over HTTP, on this machine only."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        bearer = {"Authorization": f"Bearer {self.token}"} if path.startswith("/api/") else {}
        try:
            connection.request(method, path, body, headers | bearer)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Refused(_silent(self, error)) from None
        finally:
            connection.close()


def find_server(folder: Path) -> Server | None:
    """Return the server that works on this folder now."""
    try:
        said = json.loads((folder / FILE).read_text())
        server = Server(url=said["url"], token=said["token"], pid=said["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return server if is_locked(folder) else None  # else it was killed and left its file behind


def _silent(server: Server, error: Exception) -> Problem:
    return Problem(
        code="server_silent",
        title=f"The server at {server.url} (process {server.pid}) does not answer: {error}.",
        status=503,
        hint="Try again, or restart it: nexus serve",
    )

"""What the engine hands to an action besides its arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nexus.core.clock import Clock, SystemClock


class Answer(Protocol):
    """What a server answered. Header names are lower case."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers; repeated ones are joined by a comma."""
        ...

    @property
    def body(self) -> bytes:
        """Return the decoded body."""
        ...


class HttpClient(Protocol):
    """The guarded HTTP client, bound to the step's connection."""

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send one request and return the answer, whatever its status.

        Args:
            method: An HTTP method in capitals.
            url: An absolute http or https address.
            headers: Headers to send.
            body: The body, ready to send.
            timeout: Seconds for the whole call; never more than the client's own 30.

        Raises:
            Retry: When no answer came; `sent` is False when the request surely never left.
            Refuse: When the address may not be called or the answer is too large.
        """
        ...

    async def connect(self, host: str, port: int) -> tuple[str, int]:
        """Check a host for another protocol and return the address and port to connect to."""
        ...

    def check(self, host: str, port: int) -> tuple[str, int]:
        """Do as `connect`, for a plain function that runs in a thread."""
        ...

    def for_requests(self) -> Any:
        """Return a guarded `requests.Session`, for an SDK that takes one."""
        ...

    def for_httpx(self) -> Any:
        """Return a guarded httpx transport, for `httpx.Client` and `httpx.AsyncClient`."""
        ...


@dataclass(kw_only=True, slots=True)
class Context:
    """What an action may use besides its arguments. Tests make one with `Context(key="k")`.

    Attributes:
        key: The idempotency key: the same for every try of this step, never used twice.
        run: The id of the run.
        step: The id of the step.
        attempt: Which try this is, from 1.
        connection: The connection's values, secrets opened.
        http: The guarded client, bound to the connection.
        clock: What tells the time.
        lines: What `log` kept, in order.
    """

    key: str = ""
    run: str = ""
    step: str = ""
    attempt: int = 1
    connection: Mapping[str, Any] = field(default_factory=dict)
    http: Any = None
    clock: Clock = field(default_factory=SystemClock)
    lines: list[str] = field(default_factory=list)

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        return self.clock.now()

    def log(self, text: str) -> None:
        """Keep a line with this attempt, shown on the run page."""
        self.lines.append(text)

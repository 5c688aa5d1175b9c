"""Call the guarded client from plain code, which SDKs are."""

import asyncio
from collections.abc import Mapping

from nexus.core.http.answer import Response
from nexus.core.http.client import OURS, BoundClient
from nexus.core.sdk import Refuse

DECODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def call(
    client: BoundClient,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    timeout: float | None,
) -> Response:
    """Send a request and wait for its answer.

    Raises:
        Refuse: It was asked from the loop, which must not wait; or see `BoundClient.send`.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        sending = client.send(method, url, headers=own(headers), body=body, timeout=timeout)
        return asyncio.run(sending)
    raise Refuse(
        "This SDK waits for its answers, so it cannot be called from the loop.",
        code="waits_on_loop",
        hint="Write the action with `def` instead of `async def`; it then runs in a thread.",
        sent=False,
    )


def own(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of an SDK without those that the client sets itself."""
    named = {name.lower(): text for name, text in headers.items()}
    kept = {name: text for name, text in named.items() if name not in OURS}
    return {name: text for name, text in kept.items() if not name.startswith("proxy-")} | {
        "accept-encoding": "gzip"
    }


def plain(answer: Response) -> dict[str, str]:
    """Return an answer's headers without those that speak of a packing already undone."""
    return {name: text for name, text in answer.headers.items() if name not in DECODED}

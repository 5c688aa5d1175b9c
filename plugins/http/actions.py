"""One action for each HTTP method."""

from typing import Annotated, Any, Literal

import msgspec

from nexus import Context, action
from nexus.plugins.http.client import Result, call

Url = Annotated[
    str,
    msgspec.Meta(
        max_length=8000,
        description="The whole address, or the part below the connection's; empty is that itself.",
    ),
]
Headers = Annotated[dict[str, str] | None, msgspec.Meta(description="More headers to send.")]
Body = Annotated[
    Any, msgspec.Meta(description="What to send: text as it is, anything else as JSON.")
]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
SAMPLE = {"status": 200, "headers": {"content-type": "application/json"}, "body": {"id": "A-1001"}}


@action(effect="read", sample=SAMPLE, uses="api")
async def get(context: Context, url: Url, headers: Headers = None) -> Result:
    """Read from a web address."""
    return await call(context, "GET", url, headers)


@action(effect="write", idempotency="key", sample=SAMPLE, uses="api")
async def post(context: Context, url: Url, body: Body = None, headers: Headers = None) -> Result:
    """Send something to a web address.

    Every try carries the same Idempotency-Key header, so that a service that knows it acts once.
    """
    return await call(context, "POST", url, headers, body)


@action(effect="write", idempotency="natural", sample=SAMPLE, uses="api")
async def put(context: Context, url: Url, body: Body = None, headers: Headers = None) -> Result:
    """Replace what is at a web address."""
    return await call(context, "PUT", url, headers, body)


@action(effect="write", idempotency="key", sample=SAMPLE, uses="api")
async def patch(context: Context, url: Url, body: Body = None, headers: Headers = None) -> Result:
    """Change a part of what is at a web address."""
    return await call(context, "PATCH", url, headers, body)


@action(effect="destructive", idempotency="natural", sample=SAMPLE, uses="api")
async def delete(context: Context, url: Url, headers: Headers = None) -> Result:
    """Delete what is at a web address."""
    return await call(context, "DELETE", url, headers)


@action(effect="write", idempotency="key", sample=SAMPLE, uses="api")
async def request(
    context: Context, method: Method, url: Url, body: Body = None, headers: Headers = None
) -> Result:
    """Call a web address with any method.

    Args:
        method: The HTTP method.
    """
    return await call(context, method, url, headers, body)

"""The one place that talks: it writes the request and judges the answer."""

import base64
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec

from nexus import Answer, BadConnection, Context, Refuse, Retry, Trouble

DAY = 86_400.0
READS = ("GET", "HEAD", "OPTIONS")
CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 409: "conflict", 422: "invalid"}


class Result(msgspec.Struct):
    """What the server answered.

    Attributes:
        status: The HTTP status, 200 to 299.
        headers: The headers, their names in lower case.
        body: The body: JSON as values, text as text, anything else as `{"base64": …}`.
    """

    status: int
    headers: dict[str, str]
    body: Any = None


async def call(
    context: Context, method: str, url: str, headers: Mapping[str, str] | None, body: Any = None
) -> Result:
    """Send a request with the connection's secret and return a good answer.

    Raises:
        BadConnection: For 401, when the connection has credentials.
        Retry: For 408, 425, 429 and 5xx, after the time that the server asks for.
        Refuse: For any other status that is not 2xx.
    """
    target = _target(url, context.connection)
    sending, content = _write(context, method, headers, body)
    answer = await context.http.send(method, target, headers=sending, body=content)
    if answer.status == 401 and is_signed(context.connection):
        raise BadConnection(f"{words(answer)} The credentials were refused.")
    if not 200 <= answer.status < 300:
        raise judge(answer, context.now())
    return Result(answer.status, dict(answer.headers), read(answer))


async def reach(context: Context) -> Answer:
    """Read the connection's own address and return whatever came back."""
    sending, _ = _write(context, "GET", None)
    target = _target("", context.connection)
    answer: Answer = await context.http.send("GET", target, headers=sending)
    return answer


def is_signed(connection: Mapping[str, Any]) -> bool:
    """Say whether calls over this connection carry credentials."""
    return bool(connection.get("secret") or connection.get("access_token"))


def _target(url: str, connection: Mapping[str, Any]) -> str:
    base = connection.get("base_url")
    if not base:
        return url
    if not url:
        return str(base)
    if "://" not in url:
        return f"{base.rstrip('/')}/{url.lstrip('/')}"
    if _origin(url) != _origin(base):
        raise Refuse(
            f"This connection calls {base} only.",
            code="other_host",
            hint="Leave the connection away, or call an address below it.",
            sent=False,
        )
    return url


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _write(
    context: Context, method: str, headers: Mapping[str, str] | None, body: Any = None
) -> tuple[dict[str, str], bytes | None]:
    sending = {"accept": "application/json, */*"}
    content = None
    if method not in READS:
        sending["idempotency-key"] = context.key
    if body is not None:
        sending["content-type"] = "text/plain; charset=utf-8"
        content = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
        if not isinstance(body, str):
            sending["content-type"] = "application/json"
    for name, text in (headers or {}).items():
        sending[name.lower()] = text
    if secret := context.connection.get("secret"):
        sending[(context.connection.get("header") or "Authorization").lower()] = secret
    elif token := context.connection.get("access_token"):
        sending["authorization"] = f"Bearer {token}"
    return sending, content


def read(answer: Answer) -> Any:
    """Return an answer's body as plain values."""
    if not answer.body:
        return None
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json" or kind.endswith("+json"):
            return msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        pass  # it says JSON and is not: give the text
    try:
        return answer.body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(answer.body).decode()}


def judge(answer: Answer, now: int) -> Trouble:
    """Return what an answer that is not 2xx means for the step."""
    status = answer.status
    said = words(answer)
    if status == 429:
        return Retry(said, wait(answer, now), code="rate_limited", sent=False)
    if status == 425:
        return Retry(said, wait(answer, now), code="too_early", sent=False)
    if status == 408 or status >= 500:
        code = "timeout" if status == 408 else "server_error"
        return Retry(said, wait(answer, now), code=code)
    if status < 400:
        hint = "Only GET follows redirects; use the new address."
        return Refuse(said, code="redirected", hint=hint, sent=False)
    sent = None if status == HTTPStatus.CONFLICT else False  # an earlier try may be under way
    return Refuse(said, code=CODES.get(status, "refused"), sent=sent)


def words(answer: Answer) -> str:
    """Return what an answer says, in short."""
    try:
        phrase = f" {HTTPStatus(answer.status).phrase}"
    except ValueError:
        phrase = ""
    text = " ".join(answer.body[:2000].decode(errors="replace").split())[:200]
    return f"The server answered {answer.status}{phrase}" + (f": {text}" if text else ".")


def wait(answer: Answer, now: int) -> float | None:
    """Return how many seconds Retry-After asks for, a day at most; None when it says nothing."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), DAY)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - now / 1_000_000
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), DAY)

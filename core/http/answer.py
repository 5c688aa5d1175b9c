"""What a server answered, read within bounds."""

import zlib
from dataclasses import dataclass

from nexus.core.sdk import Refuse

MAX_BODY = 5_000_000
MAX_RATIO = 100
GZIP = 31  # zlib's number for "a gzip header, largest window"


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered. Header names are lower case; repeated ones are joined by a comma."""

    status: int
    headers: dict[str, str]
    body: bytes


def too_large() -> Refuse:
    """Return the refusal for an answer over the limit."""
    return Refuse(
        f"The answer is larger than {MAX_BODY // 1_000_000} MB.",
        code="answer_too_large",
        hint="Ask for less, for example a page at a time.",
        sent=True,
    )


def decode(body: bytes, encoding: str) -> bytes:
    """Unpack a gzip body, never to more than the limit or 100 times its size.

    Raises:
        Refuse: When it grows too much or is not gzip.
    """
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise _unreadable(f"it is packed as {encoding[:40]!r}, which was not asked for")
    unpack = zlib.decompressobj(GZIP)
    try:
        plain = unpack.decompress(body, min(MAX_BODY, len(body) * MAX_RATIO) + 1)
    except zlib.error:
        raise _unreadable("its gzip packing is damaged") from None
    if len(plain) > MAX_BODY or len(plain) > len(body) * MAX_RATIO:
        raise too_large()
    if not unpack.eof:
        raise _unreadable("its gzip packing ends too early")
    return plain


def _unreadable(why: str) -> Refuse:
    return Refuse(f"The answer cannot be read: {why}.", code="unreadable_answer", sent=True)

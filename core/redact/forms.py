"""The forms in which a secret may come back: as it is, encoded, or as a part of its own line."""

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 6  # anything shorter would hide ordinary words
SHORTEST_CORE = 8
SHORTEST_LINE = 16
SCHEME = re.compile(r"(?:Bearer|Basic|Token|Digest|ApiKey|Key) +(\S+)", re.IGNORECASE)
NEIGHBOUR = rb"[A-Za-z0-9+/_=-]{0,4}"  # the characters of base64 that the secret shares with others
ROUNDS = 3  # JSON inside JSON, and that inside what we keep as JSON


def patterns(secret: str) -> set[bytes]:
    """Return regular expressions (RE2, for bytes) that find the secret in every form."""
    found: set[bytes] = set()
    for part in _parts(secret):
        raw = part.encode("utf-8", "surrogatepass")
        found.update(_escape(text.encode("utf-8", "surrogatepass")) for text in _plain(part))
        found.update(_any_case(text) for text in _coded(part, raw))
        found.update(NEIGHBOUR + _escape(core) + NEIGHBOUR for core in _cores(raw))
    return found


def _parts(secret: str) -> set[str]:
    """Return the secret, its credential without `Bearer`, and the lines of a key file."""
    parts = {secret, secret.strip()}
    if scheme := SCHEME.fullmatch(secret.strip()):
        parts.add(scheme[1])
    lines = secret.split("\n")
    if len(lines) > 1:
        long = {line.strip() for line in lines if not line.startswith("-----")}
        parts.update(line for line in long if len(line) >= SHORTEST_LINE)
    return {part for part in parts if len(part) >= SHORTEST}


def _plain(part: str) -> set[str]:
    """Return the text itself and as JSON or HTML writes it, also JSON inside JSON."""
    found = {part, html.escape(part), html.escape(part, quote=False)}
    for _ in range(ROUNDS):
        both = [json.dumps(text, ensure_ascii=plain) for text in found for plain in (True, False)]
        found.update(text[1:-1] for text in both)
        found.update(text[1:-1].replace("/", r"\/") for text in both)
    return found


def _coded(part: str, raw: bytes) -> Iterator[str]:
    yield raw.hex()
    for coded in (quote(part, safe=""), quote(part), quote_plus(part)):
        if coded != part:
            yield coded


def _cores(raw: bytes) -> Iterator[bytes]:
    """Return what base64 makes of the secret wherever it begins in what is encoded."""
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw)
        start, end = (offset * 8 + 5) // 6, (offset + len(raw)) * 8 // 6
        core = text[start:end]
        if len(core) >= SHORTEST_CORE:
            yield core
            yield core.replace(b"+", b"-").replace(b"/", b"_")


def _any_case(text: str) -> bytes:
    return b"(?i:" + _escape(text.encode()) + b")"


def _escape(raw: bytes) -> bytes:
    """Write bytes so that RE2 takes them literally."""
    return b"".join(
        bytes([byte]) if chr(byte).isalnum() and byte < 128 else b"\\x%02x" % byte for byte in raw
    )

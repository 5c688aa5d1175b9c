"""Check and make webhook signatures by schemes that are data, so that core names no vendor.

The check comes first, on the raw bytes, before anything reads the body.
"""

import binascii
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from hashlib import new as digest

from nexus.core.model.action import Scheme
from nexus.core.model.problem import Problem, Refused

Headers = Mapping[str, str]
Secrets = str | Sequence[str]

_PLACES = re.compile(r"\{(body|t|header:[A-Za-z0-9-]+)\}")


def verify(scheme: Scheme, secret: Secrets, headers: Headers, body: bytes, now: int) -> None:
    """Return when the request is signed by one of the active secrets.

    Header names match in any case. `now` is in seconds. Two secrets may be active while one
    replaces the other.

    Raises:
        Refused: 401 with the cause: header missing, malformed, stale, or no match; 403 when the
            stored secret itself cannot be used.
    """
    keys = _keys(scheme, secret)
    given = _header(headers, _signature_header(scheme))
    if scheme.kind == "hmac":
        _verify_hmac(scheme, keys, given, headers, body, now)
    elif not _any_equal(_shown(scheme, given), keys):
        raise _no_match("secret")


def sign(
    scheme: Scheme, secret: Secrets, headers: Headers, body: bytes, now: int
) -> dict[str, str]:
    """Return the headers that make `body` pass `verify`, signed with the first secret.

    `headers` are the request's others: a scheme may sign some of them.
    """
    key = _keys(scheme, secret)[0]
    name = _signature_header(scheme)
    if scheme.kind == "basic":
        return {name: f"Basic {b64encode(key).decode()}"}
    if scheme.kind == "token":
        return {name: scheme.prefix + key.decode()}
    stamp = str(now)
    signature = scheme.prefix + _encoded(scheme, _mac(scheme, key, headers, stamp, body))
    made = {name: _paired(scheme, stamp, signature)}
    if scheme.timestamp_header:
        made[scheme.timestamp_header] = stamp
    return made


def check_secret(scheme: Scheme, secret: str) -> list[Problem]:
    """Return what keeps `secret` from being used with this scheme; empty when it is fine."""
    try:
        _keys(scheme, secret)
        if scheme.kind != "hmac" and not (secret.isascii() and secret.isprintable()):
            raise _unusable("holds characters that no header carries", "printable ASCII characters")
    except Refused as refused:
        return [replace(problem, status=422) for problem in refused.problems]
    return []


def _verify_hmac(
    scheme: Scheme, keys: list[bytes], given: str, headers: Headers, body: bytes, now: int
) -> None:
    stamp, signatures = _read(scheme, given)
    if scheme.timestamp_header:
        stamp = _header(headers, scheme.timestamp_header)
    sent = _seconds(stamp) if scheme.tolerance else now
    macs = [_mac(scheme, key, headers, stamp, body) for key in keys]
    if not any(_any_equal(signature, macs) for signature in signatures):
        raise _no_match("signature")
    if abs(now - sent) > scheme.tolerance:
        raise _stale(scheme, now - sent)


def _any_equal(given: bytes, expected: list[bytes]) -> bool:
    return any(hmac.compare_digest(given, one) for one in expected)


def _keys(scheme: Scheme, secret: Secrets) -> list[bytes]:
    secrets = [secret] if isinstance(secret, str) else list(secret)
    if not secrets or not all(secrets):
        raise _unusable("is empty", "the secret that the provider shows")
    keys = [_key(scheme, one) for one in secrets]
    if scheme.kind == "basic" and not all(b":" in key for key in keys):
        raise _unusable("has no colon", "user:password")
    return keys


def _key(scheme: Scheme, secret: str) -> bytes:
    if scheme.secret_encoding == "text":  # noqa: S105 - the name of an encoding
        return secret.encode()
    key = _unbase64(secret.removeprefix(scheme.secret_prefix))
    if not key:
        raise _unusable("is not base64", f"{scheme.secret_prefix}<base64>, as the provider shows")
    return key


def _signature_header(scheme: Scheme) -> str:
    return scheme.header or "Authorization"


def _header(headers: Headers, name: str) -> str:
    value = headers.get(name)
    if value is None:
        lower = name.lower()
        value = next((text for key, text in headers.items() if key.lower() == lower), "")
    if not value:
        hint = "Check that the sender has the secret and signs its webhooks."
        raise _refused("signature_missing", f"The header {name} is missing.", hint=hint)
    return value


def _shown(scheme: Scheme, given: str) -> bytes:
    """Return the secret that a token or basic header shows."""
    if scheme.kind == "basic":
        word, _, rest = given.partition(" ")
        shown = _unbase64(rest.strip()) if word.lower() == "basic" else b""
        if b":" not in shown:
            raise _malformed(scheme, "Basic <base64 of user:password>")
        return shown
    if not given.startswith(scheme.prefix):
        raise _malformed(scheme, f"{scheme.prefix}<secret>")
    return given.removeprefix(scheme.prefix).encode()


def _read(scheme: Scheme, given: str) -> tuple[str, list[bytes]]:
    """Return the timestamp inside the header (or "") and the signatures."""
    stamp, texts = "", [given]
    if scheme.split:
        outer, inner = scheme.split[0], scheme.split[1]
        pairs = [item.strip().partition(inner)[::2] for item in given.split(outer)]
        texts = [text for name, text in pairs if name == scheme.signature_field]
        stamp = next((text for name, text in pairs if name == scheme.timestamp_field), "")
    signatures = [mac for mac in (_decoded(scheme, text) for text in texts) if mac]
    if not signatures:
        size = digest(scheme.algorithm).digest_size
        pattern = f"{scheme.prefix}<{scheme.encoding} of {size} bytes>"
        raise _malformed(scheme, _paired(scheme, "<seconds>", pattern))
    return stamp, signatures


def _decoded(scheme: Scheme, text: str) -> bytes:
    """Return the bytes of one signature; nothing when it cannot be one."""
    if not text.startswith(scheme.prefix):
        return b""
    text = text.removeprefix(scheme.prefix)
    mac = _unhex(text) if scheme.encoding == "hex" else _unbase64(text)
    return mac if len(mac) == digest(scheme.algorithm).digest_size else b""


def _unhex(text: str) -> bytes:
    with suppress(ValueError):
        return binascii.unhexlify(text)
    return b""


def _unbase64(text: str) -> bytes:
    with suppress(ValueError):
        return binascii.a2b_base64(text, strict_mode=True)
    return b""


def _encoded(scheme: Scheme, mac: bytes) -> str:
    return mac.hex() if scheme.encoding == "hex" else b64encode(mac).decode()


def _paired(scheme: Scheme, stamp: str, signature: str) -> str:
    if not scheme.split:
        return signature
    outer, inner = scheme.split[0], scheme.split[1]
    pairs = [(scheme.timestamp_field, stamp), (scheme.signature_field, signature)]
    return outer.join(f"{name}{inner}{text}" for name, text in pairs if name)


def _seconds(stamp: str) -> int:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        title = "The webhook's timestamp is missing or is not a number."
        raise _refused("timestamp_malformed", title, "seconds since 1970")
    return int(stamp)


def _mac(scheme: Scheme, key: bytes, headers: Headers, stamp: str, body: bytes) -> bytes:
    return hmac.digest(key, _signed(scheme, headers, stamp, body), scheme.algorithm)


def _signed(scheme: Scheme, headers: Headers, stamp: str, body: bytes) -> bytes:
    if scheme.signed == "{body}":
        return body
    whole = []
    for index, part in enumerate(_parts(scheme.signed)):
        if index % 2 == 0:
            whole.append(part.encode())
        elif part == "body":
            whole.append(body)
        else:
            text = stamp if part == "t" else _header(headers, part.removeprefix("header:"))
            whole.append(text.encode("latin-1", "replace"))  # the bytes that came over the wire
    return b"".join(whole)


@lru_cache(maxsize=64)
def _parts(signed: str) -> list[str]:
    """Return literal text and names of places, by turns."""
    return _PLACES.split(signed)


def _refused(code: str, title: str, expected: str = "", hint: str = "") -> Refused:
    return Refused(Problem(code=code, title=title, status=401, expected=expected, hint=hint))


def _malformed(scheme: Scheme, expected: str) -> Refused:
    title = f"The header {_signature_header(scheme)} is not well-formed."
    return _refused("signature_malformed", title, expected)


def _stale(scheme: Scheme, late: int) -> Refused:
    return _refused(
        "signature_stale",
        f"The webhook was signed {abs(late)} s {'ago' if late > 0 else 'in the future'}.",
        f"at most {scheme.tolerance} s of difference",
        "Check the clocks of both machines; an old delivery must be sent again by its sender.",
    )


def _no_match(what: str) -> Refused:
    return _refused(
        "signature_mismatch",
        f"The {what} does not match.",
        hint="Check that both sides hold the same secret and that nothing rewrites the body.",
    )


def _unusable(why: str, expected: str) -> Refused:
    title, hint = f"The signing secret {why}.", "Enter the secret again."
    code = "secret_unusable"
    return Refused(Problem(code=code, title=title, status=403, expected=expected, hint=hint))

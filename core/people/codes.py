"""The six digits of a code app (TOTP): a fresh secret, and which half minute a code is of."""

import base64
import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from nexus.core.clock import SECOND

STEP = 30  # seconds that a code is shown
SECRET = re.compile("[A-Z2-7]{32}")


@dataclass(frozen=True, slots=True)
class CodeSecret:
    """What a code app is given: the secret as text, and the address that its QR code holds."""

    secret: str
    uri: str


def fresh(whose: str) -> CodeSecret:
    """Return a secret that nobody has yet; `whose` is what the app calls it."""
    text = base64.b32encode(secrets.token_bytes(20)).decode()
    query = urlencode({"secret": text, "issuer": "Nexus", "digits": 6, "period": STEP})
    return CodeSecret(text, f"otpauth://totp/{quote(f'Nexus:{whose}')}?{query}")


def step_of(text: str, code: str, now: int, after: int) -> int | None:
    """Return which 30 seconds a code belongs to: now, the ones before, or the ones after.

    None when it belongs to none of them, or to one that is not `after` the last that was used.
    """
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415 - first code
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415

    if not SECRET.fullmatch(text):
        return None
    app = TOTP(base64.b32decode(text), 6, SHA1(), STEP)  # noqa: S303 - what code apps speak
    present, given = now // SECOND // STEP, code.replace(" ", "").encode()
    for step in (present, present - 1, present + 1):
        if step > after and secrets.compare_digest(app.generate(step * STEP), given):
            return int(step)
    return None

"""Seal secrets with the installation's master key: AES-256-GCM, bound to what they belong to."""

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from nexus.core.model.problem import Problem, Refused

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_FILE = "secret.key"


class Vault:
    """Seals and opens texts. The key lies in a 0600 file beside the database."""

    def __init__(self, folder: Path, installation: str) -> None:
        self._installation = installation
        self._key = _read_key(folder / KEY_FILE)

    def seal(self, text: str, about: str) -> str:
        """Encrypt `text`; it opens only for the same `about` in the same installation."""
        nonce = secrets.token_bytes(12)
        sealed = self._cipher().encrypt(nonce, text.encode(), self._bond(about))
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, about: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            Refused: The key is another one, or the text was changed or moved.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - heavy, first use

        raw = base64.b64decode(sealed)
        try:
            plain: bytes = self._cipher().decrypt(raw[:12], raw[12:], self._bond(about))
        except InvalidTag:
            raise Refused(_unreadable(about)) from None
        return plain.decode()

    def derive(self, purpose: str) -> str:
        """Return a key of its own for another purpose, the same at every start."""
        return hashlib.blake2b(purpose.encode(), key=self._key, digest_size=32).hexdigest()

    def _bond(self, about: str) -> bytes:
        return f"{self._installation}|{about}".encode()

    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - heavy

        return AESGCM(self._key)


def _unreadable(about: str) -> Problem:
    return Problem(
        code="unreadable_secret",
        title=f"The secret of {about} cannot be opened with this master key.",
        status=500,
        hint=f"Put back the {KEY_FILE} that belongs to this data folder, or enter it again.",
    )


def _read_key(path: Path) -> bytes:
    """Return the 32-byte key, made at the first start; refuse a file that others may read."""
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    if path.stat().st_mode & 0o077:
        raise Refused(_weak(path, "may be read by other users", f"chmod 600 {path}"))
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != 32 or len(set(key)) < 8:
        hint = "put back the right file, or remove it and enter every secret again"
        raise Refused(_weak(path, "is not a key of 64 hexadecimal digits", hint))
    return key


def _weak(path: Path, why: str, mend: str) -> Problem:
    return Problem(code="weak_key", title=f"The master key {path} {why}.", hint=f"To mend: {mend}.")

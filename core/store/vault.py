"""Seal secrets: AES-256-GCM under a key of their own, bound to what they belong to."""

import base64
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from nexus.core.model.problem import Problem, Refused
from nexus.core.store.keys import KEY_FILE, Key, KeyRing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["KEY_FILE", "Vault"]
SALT, NONCE = 16, 12


class Vault:
    """Seals and opens texts.

    A sealed text reads `<key id>.<salt, nonce and cipher text in base64>`. Its own key is derived
    (HKDF-SHA256) from the master key and the salt; the installation, what it belongs to and the
    master key's id are bound to it, so that it opens nowhere else.
    """

    def __init__(self, folder: Path, installation: str) -> None:
        self._installation = installation
        self.ring = KeyRing(folder)
        self.turning = threading.RLock()  # held while keys rotate, and from sealing to keeping

    def seal(self, text: str, about: str) -> str:
        """Encrypt `text`; it opens only for the same `about` in the same installation."""
        key, salt, nonce = self.ring.current, secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
        sealed = _cipher(key, salt).encrypt(nonce, text.encode(), self._bond(about, key))
        return f"{key.id}.{base64.b64encode(salt + nonce + sealed).decode()}"

    def open(self, sealed: str, about: str) -> str:
        """Decrypt what `seal` made.

        Raises:
            Refused: Its key is not here, or the text was changed or moved.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - heavy, first use

        id_, _, body = sealed.partition(".")
        key = self.ring.find(id_)
        if key is None:
            raise Refused(_unreadable(about))
        raw = base64.b64decode(body)
        salt, nonce, rest = raw[:SALT], raw[SALT : SALT + NONCE], raw[SALT + NONCE :]
        try:
            plain: bytes = _cipher(key, salt).decrypt(nonce, rest, self._bond(about, key))
        except InvalidTag:
            raise Refused(_unreadable(about)) from None
        return plain.decode()

    def is_current(self, sealed: str) -> bool:
        """Say whether a text is sealed with the key that seals now."""
        return sealed.partition(".")[0] == self.ring.current.id

    def _bond(self, about: str, key: Key) -> bytes:
        return f"{self._installation}|{about}|{key.id}".encode()


def _cipher(key: Key, salt: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - heavy, first use
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    kdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"nexus vault 1")
    return AESGCM(kdf.derive(key.secret))


def _unreadable(about: str) -> Problem:
    return Problem(
        code="unreadable_secret",
        title=f"The secret of {about} cannot be opened with this master key.",
        status=500,
        hint=f"Put back the {KEY_FILE} that belongs to this data folder, or enter it again.",
    )

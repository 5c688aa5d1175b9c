"""The master keys: from the environment, or from a file that only its owner can read."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nexus.core.model.problem import Problem, Refused

KEY_FILE = "secret.key"
VARIABLE = "NEXUS_MASTER_KEY"
SIZE = 32


@dataclass(frozen=True, slots=True)
class Key:
    """A master key; `id` names it in what was sealed with it, and tells nothing of it."""

    id: str
    secret: bytes


class KeyRing:
    """The keys in use: the first seals, all of them open.

    `$NEXUS_MASTER_KEY` holds one key of 64 hexadecimal digits, or the new and the old ones
    separated by commas. Without it they lie in a 0600 file beside the database, a line each.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        given = (os.environ if environment is None else environment).get(VARIABLE)
        self._path = None if given else folder / KEY_FILE
        self.keys = _split(given.split(","), f"${VARIABLE}") if given else _from_file(folder)

    @property
    def current(self) -> Key:
        """Return the key that seals."""
        return self.keys[0]

    def find(self, id_: str) -> Key | None:
        """Return the key of this id."""
        return next((key for key in self.keys if key.id == id_), None)

    def add(self) -> None:
        """Begin a new key; the others stay until they are dropped.

        Raises:
            Refused: The keys come from the environment, and no new one was put there.
        """
        if self._path is not None:
            self._keep((make_key(secrets.token_bytes(SIZE)), *self.keys))
        elif len(self.keys) == 1:
            raise Refused(_no_new_key())

    def drop_old(self) -> None:
        """Forget every key but the current one."""
        if self._path is not None:
            self._keep(self.keys[:1])

    def _keep(self, keys: tuple[Key, ...]) -> None:
        """Write the file whole and durably before any of it counts."""
        assert self._path is not None
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        _write(draft, keys)
        draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.keys = keys


def make_key(secret: bytes) -> Key:
    """Return a key under the id that is made from it."""
    return Key(hashlib.blake2b(secret, digest_size=4, person=b"nexus key id").hexdigest(), secret)


def _from_file(folder: Path) -> tuple[Key, ...]:
    path = folder / KEY_FILE
    if not path.exists():
        _write(path, (make_key(secrets.token_bytes(SIZE)),))
    if path.stat().st_mode & 0o077:
        raise Refused(_weak(str(path), "may be read by other users", f"chmod 600 {path}"))
    return _split(path.read_text().splitlines(), str(path))


def _write(path: Path, keys: tuple[Key, ...]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("".join(f"{key.secret.hex()}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())


def _split(texts: list[str], where: str) -> tuple[Key, ...]:
    found = tuple(_read(text.strip(), where) for text in texts if text.strip())
    return found or (_read("", where),)


def _read(text: str, where: str) -> Key:
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != SIZE or len(set(secret)) < 8:
        hint = "put back the right key, or remove it and enter every secret again"
        raise Refused(_weak(where, f"is not a key of {2 * SIZE} hexadecimal digits", hint))
    return make_key(secret)


def _weak(where: str, why: str, mend: str) -> Problem:
    title = f"The master key {where} {why}."
    return Problem(code="weak_key", title=title, hint=f"To mend: {mend}.")


def _no_new_key() -> Problem:
    return Problem(
        code="no_new_key",
        title=f"The master key comes from ${VARIABLE}, and there is only one.",
        status=409,
        expected="the new key and the old one, separated by a comma",
        hint=f"Set {VARIABLE}=NEW,OLD (`openssl rand -hex 32` makes one), restart, rotate again.",
    )

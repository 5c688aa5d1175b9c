"""Passwords: which ones are taken, and their hashes (argon2id, two at a time)."""

import threading
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from nexus.core.model.problem import Problem, Refused

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 200
FEWEST_LETTERS = 5  # different ones


class Passwords:
    """Hashes and verifies. Each hash takes 19 MB for a moment, so two run at a time."""

    def __init__(self) -> None:
        self._turns = threading.BoundedSemaphore(2)
        self._decoy = ""

    def hash(self, password: str) -> str:
        """Return what is stored of a password."""
        with self._turns:
            return str(_hasher().hash(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Say whether this is the password; where none is kept it takes just as long."""
        from argon2.exceptions import VerificationError  # noqa: PLC0415 - first sign-in

        if kept is None:
            self._decoy = self._decoy or self.hash("nobody has this password")
        with self._turns:
            try:
                right = bool(_hasher().verify(kept or self._decoy, password[:LONGEST]))
            except VerificationError:
                return False
        return right and kept is not None

    def check(self, password: str, name: str, email: str) -> None:
        """Refuse a password that others would guess.

        Raises:
            Refused: With what a better one looks like.
        """
        why = _weakness(password, name, email)
        if why:
            raise Refused(
                Problem(
                    code="weak_password",
                    title=f"This password {why}.",
                    expected=f"{SHORTEST} characters or more that nobody would guess",
                    hint="A few words that do not belong together are good.",
                )
            )


def _weakness(password: str, name: str, email: str) -> str:
    low = password.lower()
    if len(password) < SHORTEST:
        return f"has {len(password)} characters, which is too short"
    if len(password) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if low in _common() or len(set(low)) < FEWEST_LETTERS:
        return "is one of the first that others try"
    known = [
        part for part in (email.partition("@")[0].lower(), *name.lower().split()) if len(part) > 2
    ]
    rest = low
    for part in known:
        rest = rest.replace(part, "")
    if len(rest) < FEWEST_LETTERS + 1:
        return "is little more than your name"
    return ""


@cache
def _common() -> frozenset[str]:
    """Return what is long enough and yet among the first that everybody tries."""
    return frozenset(files("nexus").joinpath("core", "people", "common.txt").read_text().split())


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415 - first sign-in

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

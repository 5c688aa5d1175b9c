"""The effect ledger's states, and the key under which a provider knows an effect."""

from enum import IntEnum
from hashlib import blake2b


class EffectState(IntEnum):
    """What we know of an effect. The numbers are stored; they never change their meaning."""

    INTENT = 1
    DONE = 2
    REFUSED = 3
    UNKNOWN = 4
    LATE = 5
    OWED = 7  # not begun: what takes a step back, kept until the run is undone or never is
    HELD = 6  # surely not sent: it waits for its connection, and goes under the same key

    @property
    def word(self) -> str:
        """Return the word used in JSON and pages."""
        return self.name.lower()


def effect_key(installation: str, run_id: int, step: str, turn: str, rerun: int) -> str:
    """Derive the idempotency key: the same for every try, another only when a person re-runs.

    32 hexadecimal characters; nothing in it depends on the attempt, the clock or chance.
    """
    parts = f"{installation}|{run_id}|{step}|{turn}" + (f"|{rerun}" if rerun else "")
    return blake2b(parts.encode(), digest_size=16).hexdigest()

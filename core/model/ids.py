"""Ids: 63-bit time-ordered integers in the database, prefixed texts (`run_…`) elsewhere."""

import threading

from nexus.core.clock import Clock

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
WIDTH = 13
PAIRS = [high + low for high in ALPHABET for low in ALPHABET]  # ten bits at once
EPOCH_MS = 1_577_836_800_000  # 2020-01-01; 42 bits of milliseconds last until 2159
WORKERS, SEQUENCES = 1 << 9, 1 << 12


class Mint:
    """Make ids that grow with time and never repeat within one worker."""

    def __init__(self, clock: Clock, worker: int) -> None:
        self._clock = clock
        self._worker = worker % WORKERS
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """Return the next id, also when the clock stands still or goes back."""
        with self._lock:
            tick = (self._clock.now() // 1000 - EPOCH_MS) * SEQUENCES
            self._last = max(tick, self._last + 1)
            high, low = divmod(self._last, SEQUENCES)
        return (high * WORKERS + self._worker) * SEQUENCES + low


def write(prefix: str, number: int) -> str:
    """Write a number as a prefixed, time-ordered text: `write("run", 5)` is `run_0000000000005`."""
    pair, n = PAIRS, number
    return (
        f"{prefix}_{ALPHABET[n >> 60]}{pair[n >> 50 & 1023]}{pair[n >> 40 & 1023]}"
        f"{pair[n >> 30 & 1023]}{pair[n >> 20 & 1023]}{pair[n >> 10 & 1023]}{pair[n & 1023]}"
    )


def read(prefix: str, text: str) -> int | None:
    """Read a prefixed id back to its number; None when it is not such an id."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != WIDTH or not all(letter in VALUES for letter in tail):
        return None
    number = 0
    for letter in tail:
        number = number * 32 + VALUES[letter]
    return number if number < 1 << 63 else None


def first_at(micros: int) -> int:
    """Return a number below every id made at this moment or later."""
    return max(0, micros // 1000 - EPOCH_MS) * WORKERS * SEQUENCES


def moment_of(number: int) -> int:
    """Return when an id was made: microseconds UTC, to the millisecond."""
    return (number // SEQUENCES // WORKERS + EPOCH_MS) * 1000


def floor_of(micros: int) -> int:
    """Return a number below every id that was made at this moment or later."""
    return (micros // 1000 - EPOCH_MS) * SEQUENCES * WORKERS - 1

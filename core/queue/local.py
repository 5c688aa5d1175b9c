"""Wake-ups inside one process. A wake-up may be lost or repeated: the database is the truth."""

from collections.abc import Callable
from typing import Protocol


class Queue(Protocol):
    """Carries the hint that runs became ready."""

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every wake-up that is for this process."""
        ...

    def wake(self) -> None:
        """Tell whoever drives runs to look for work."""
        ...


class LocalQueue:
    """Wakes the engine in this process."""

    def __init__(self) -> None:
        self._listener: Callable[[], None] = lambda: None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every wake-up; it must be quick and thread-safe."""
        self._listener = listener

    def wake(self) -> None:
        """Tell the engine to look for work."""
        self._listener()

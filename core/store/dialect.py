"""What differs between SQLite and PostgreSQL; the rest of the store does not know which it is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, Executable

from nexus.core.store.pen import Pen


class Calm:
    """How much was written since the last `settle`; a server settles by itself."""

    def __init__(self) -> None:
        self.changes = 0

    @property
    def is_large(self) -> bool:
        """True when it should not grow on."""
        return False


class Backend(ABC):
    """What differs between SQLite and PostgreSQL; the rest of the store does not know which."""

    engine: Engine
    growth: Calm
    shared: bool
    """Whether several processes may drive runs on it at the same time."""
    writing: Mapping[str, Any]
    """The options of a connection that opens a short write transaction."""
    hold: Executable | None = None
    """What makes an open transaction the only short writer until its end, if anything must."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What this is, for people."""

    def is_unsynced(self, _error: BaseException | None) -> bool:
        """Say whether the disk would not sync; a server that finds so ends by itself."""
        return False

    def settle(self, connection: Any) -> None:  # noqa: B027 - a server settles by itself
        """Copy what was written to where it stays, where that is left to us."""

    @abstractmethod
    def pen(self) -> Pen:
        """Return what the committer writes with."""

"""When the WAL is copied into the database: SQLite's own way to do so keeps a failed sync quiet."""

from pathlib import Path

from nexus.core.store.dialect import Calm

WAL_SIZE = 64 * 1024 * 1024  # bytes that its file keeps, to be written over instead of made anew
AFTER = 1_000  # changes; about the 4,000 pages that have proven to be a good measure
QUIET = 5.0  # seconds without a change


class Growth(Calm):
    """How far the WAL has grown since it was last settled."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self._wal = database.with_name(f"{database.name}-wal")

    @property
    def is_large(self) -> bool:
        """True when it should not grow on."""
        return self.changes >= AFTER or self._size() > WAL_SIZE

    def _size(self) -> int:
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0

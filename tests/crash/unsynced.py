"""Serve DATA at PORT on a disk that stops syncing once the file `DATA/break` is there.

The disk's part is played by /dev/null: it takes every write and refuses every sync.
"""

import os
import sqlite3
import sys
import threading
import time
from pathlib import Path

from nexus import app

WAL = "nexus.db-wal"


def stop_syncing(folder: Path) -> list[tuple[int, int]]:
    """Put /dev/null under the open WAL; returns (descriptor, copy of the old one) to undo it."""
    other = sqlite3.connect(folder / "nexus.db")
    other.execute("pragma wal_checkpoint(truncate)")  # nothing need be read from it any more
    other.close()
    null = os.open(os.devnull, os.O_RDWR)
    replaced = []
    for link in Path("/proc/self/fd").iterdir():
        if os.path.realpath(link) == os.path.realpath(folder / WAL):
            replaced.append((int(link.name), os.dup(int(link.name))))
            os.dup2(null, int(link.name))
    os.close(null)
    return replaced


def served(serving: app.Serving):
    made = REAL(serving)

    def watch() -> None:
        while not (serving.data / "break").exists():
            time.sleep(0.02)
        (serving.data / "break").rename(serving.data / "broken")
        stop_syncing(serving.data)

    threading.Thread(target=watch, daemon=True).start()
    return made


REAL = app.served
if __name__ == "__main__":
    app.served = served
    app.serve(Path(sys.argv[1]), int(sys.argv[2]), False)

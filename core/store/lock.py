"""Only one Nexus works on a data folder: a lock that ends with its holder, however that ends."""

import fcntl
import os
from pathlib import Path
from typing import IO

from nexus.core.model.problem import Problem, Refused

FILE = "nexus.lock"


def lock_folder(folder: Path) -> IO[str]:
    """Take the folder's lock; it is held as long as the returned file stays open.

    Raises:
        Refused: Another Nexus works on this folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = (folder / FILE).open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise Refused(_taken(folder, holder)) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def is_locked(folder: Path) -> bool:
    """Say whether a Nexus works on this folder now."""
    if not (folder / FILE).exists():
        return False
    try:
        lock_folder(folder).close()
    except Refused:
        return True
    return False


def _taken(folder: Path, holder: str) -> Problem:
    return Problem(
        code="folder_taken",
        title=f"Another Nexus already works on {folder}"
        + (f" (process {holder})." if holder else "."),
        status=409,
        hint="Stop it first, or name another folder with --data.",
    )

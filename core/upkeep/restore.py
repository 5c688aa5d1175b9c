"""Bring a backup back as a new copy, which stands still until an owner releases it.

No installation is open yet, so nobody can be asked for rights: whoever may write the folder may
restore into it. The release, which needs the master key, is written to the audit log.
"""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nexus.core.model.problem import Problem, Refused
from nexus.core.store import anchors, snapshot
from nexus.core.store.database import FILE
from nexus.core.store.hold import COPY, PLACE, REASON, TAKEN, mark
from nexus.core.store.keys import KEY_FILE, VARIABLE
from nexus.core.store.lock import lock_folder
from nexus.core.store.tables import SCHEMA_VERSION

PARTS = {FILE: f"{FILE}.part", anchors.FILE: f"{anchors.FILE}.part"}
WHY = "Restored from the backup of {}. The copy that it was taken of may still be at work."


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What a backup holds. `copy` is the mark of the new copy; empty when it was only checked."""

    installation: str
    taken: str
    nexus: str
    master_key: str
    copy: str = ""


def check(box: Path) -> Restored:
    """Look through a backup; nothing is kept.

    Raises:
        Refused: It is damaged, or a newer Nexus made it.
    """
    with tempfile.TemporaryDirectory(prefix="nexus-") as spare:
        return _read(box, Path(spare), "")


def restore(box: Path, folder: Path) -> Restored:
    """Bring a backup back into a data folder that holds no installation.

    Killed in between, the folder still holds none; restoring again begins anew.

    Raises:
        Refused: The folder is in use, or the backup is damaged.
    """
    if not box.is_file():
        raise Refused(Problem(code="no_file", title=f"There is no file {box}.", status=404))
    with lock_folder(folder):
        if (folder / FILE).exists():
            raise Refused(_in_use(folder))
        restored = _read(box, folder, mark())
        part = folder / PARTS[anchors.FILE]
        if part.exists():
            part.replace(folder / anchors.FILE)
        snapshot.sync(folder)
        (folder / PARTS[FILE]).replace(folder / FILE)
        snapshot.sync(folder)
    return restored


def _read(box: Path, folder: Path, copy: str) -> Restored:
    for name in PARTS.values():
        (folder / name).unlink(missing_ok=True)
    manifest = snapshot.unpack(box, folder, PARTS)
    path = folder / PARTS[FILE]
    if not path.exists():
        raise Refused(Problem(code="damaged_backup", title=f"{box} holds no database."))
    if int(manifest["schema"]) > SCHEMA_VERSION:
        raise Refused(_too_new(box, str(manifest["nexus"])))
    snapshot.check_database(path)
    _mark(path, copy, manifest)
    return Restored(
        installation=str(manifest["installation"]),
        taken=str(manifest["taken"]),
        nexus=str(manifest["nexus"]),
        master_key=str(manifest["master_key"]),
        copy=copy,
    )


def _mark(path: Path, copy: str, manifest: dict[str, object]) -> None:
    """Write into the database which copy it is, that it stands still, and why."""
    why = WHY.format(str(manifest["taken"])[:16].replace("T", " ") + " UTC")
    facts = {REASON: why, COPY: copy, TAKEN: str(manifest["micros"]), PLACE: ""}
    with closing(sqlite3.connect(path)) as connection:
        snapshot.set_facts(connection, facts)
        connection.commit()
    snapshot.sync(path)


def _in_use(folder: Path) -> Problem:
    return Problem(
        code="folder_in_use",
        title=f"{folder} already holds an installation.",
        status=409,
        hint=f"Name an empty folder with --data, or move {FILE} and its -wal file away first.",
    )


def _too_new(box: Path, version: str) -> Problem:
    title = f"{box} was made by a newer Nexus ({version})."
    return Problem(code="backup_too_new", title=title, hint="Install that version first.")


def key_hint(restored: Restored) -> str:
    """Say what must be brought besides, since no backup holds it."""
    return (
        f"The master key {restored.master_key} is not in the backup: put its {KEY_FILE} into the "
        f"folder, or the key into ${VARIABLE}."
    )

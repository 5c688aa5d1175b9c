"""A database as one file: copied while others write, sealed with a sum, and read back checked.

A backup is a zip of the database, the audit log's anchors and a manifest that names the SHA-256
of both. It is written under another name first, so that a file of the right name is whole.
"""

import hashlib
import json
import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from nexus.core.model.problem import Problem, Refused

MANIFEST, FORMAT = "manifest.json", 1
PAGES = 500  # of the database a step; other threads go on between two
PIECE = 1 << 20
Progress = Callable[[int, int], None]
FORGOTTEN = ("session", "link", "attempt")  # nobody is signed in to a copy


def copy_database(source: Path, target: Path, facts: dict[str, str], progress: Progress) -> None:
    """Copy a database as it is at this moment; whoever writes to it meanwhile is not held up.

    `facts` of the installation are written into the copy only.
    """
    with closing(_open(source)) as origin, closing(_open(target)) as copy:
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM meta").fetchone()  # from here on it stands still
        origin.backup(
            copy, pages=PAGES, progress=lambda _, left, total: progress(total - left, total)
        )
        copy.execute("PRAGMA journal_mode=delete")
        copy.execute("BEGIN")
        set_facts(copy, facts)
        for table in FORGOTTEN:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - our own three names
        copy.execute("COMMIT")


def set_facts(connection: sqlite3.Connection, facts: dict[str, str]) -> None:
    """Write facts of the installation into a database."""
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())


def pack(target: Path, parts: dict[str, Path], about: dict[str, Any]) -> dict[str, Any]:
    """Write the parts and their manifest into a zip; it is on the disk when this returns."""
    files = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as box:
        for name, path in parts.items():
            files[name] = _put(box, name, path)
        manifest = {"format": FORMAT, **about, "files": files}
        box.writestr(MANIFEST, json.dumps(manifest, indent=2))
    with target.open("rb") as whole:
        os.fsync(whole.fileno())
    return manifest


def unpack(box: Path, folder: Path, names: dict[str, str]) -> dict[str, Any]:
    """Write the parts of a backup into a folder under new names, and check their sums.

    Raises:
        Refused: It is no backup, it was cut short or changed, or a newer Nexus made it.
    """
    try:
        with zipfile.ZipFile(box) as archive:
            manifest = _manifest(archive, box)
            for name, facts in manifest["files"].items():
                if name in names and _take(archive, name, folder / names[name]) != facts["sha256"]:
                    raise Refused(_damaged(box, f"{name} is not what was backed up"))
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError, TypeError) as error:
        raise Refused(_damaged(box, str(error))) from None
    return manifest


def check_database(path: Path) -> None:
    """Look through a whole database.

    Raises:
        Refused: SQLite finds it damaged.
    """
    with closing(_open(path)) as connection:
        try:
            ((says,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            says = str(error)
    if says != "ok":
        raise Refused(_damaged(path, says))


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Make a file or the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_private(path: Path) -> None:
    """Make an empty file that only we may read; what lay there is gone."""
    with suppress(FileNotFoundError):
        path.unlink()
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    connection.execute("PRAGMA synchronous=full")
    return connection


def _put(box: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as source, box.open(name, "w", force_zip64=True) as target:
        while piece := source.read(PIECE):
            digest.update(piece)
            target.write(piece)
    return {"sha256": digest.hexdigest(), "bytes": path.stat().st_size}


def _take(box: zipfile.ZipFile, name: str, path: Path) -> str:
    digest = hashlib.sha256()
    make_private(path)
    with box.open(name) as source, path.open("wb") as target:
        while piece := source.read(PIECE):
            digest.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _manifest(box: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    if MANIFEST not in box.namelist():
        raise Refused(_damaged(path, "it has no manifest"))
    manifest: dict[str, Any] = json.loads(box.read(MANIFEST))
    if manifest["format"] > FORMAT:
        title = f"{path} was made by a newer Nexus (format {manifest['format']})."
        raise Refused(Problem(code="backup_too_new", title=title, hint="Install that version."))
    return manifest


def _damaged(path: Path, why: str) -> Problem:
    return Problem(
        code="damaged_backup",
        title=f"{path} cannot be used: {why.rstrip('.')}.",
        expected="a file that `nexus backup` wrote",
        hint="Take an earlier backup.",
    )

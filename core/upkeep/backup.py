"""The verbs of backups: make one while serving, list those that are kept here, find one."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from nexus.core.clock import Clock, moment, rfc3339
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.people.policy import allow
from nexus.core.store import anchors, snapshot
from nexus.core.store.database import FILE, Database
from nexus.core.store.hold import REASON
from nexus.core.store.tables import SCHEMA_VERSION

FOLDER, ENDING, KEPT = "backups", ".nexus", 3
IN_A_BOX = "This is the database of a backup."


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupRow:
    """A backup: its file, when it was begun and, when it was just made, its SHA-256."""

    name: str
    path: str
    bytes: int
    taken: int
    sha256: str = ""


def nothing(done: int, total: int) -> None:
    """Show no progress."""


class Backups:
    """Copies of the whole installation. The master key is in none of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def make(
        self,
        actor: Actor,
        to: Path | None = None,
        replace: bool = False,
        progress: snapshot.Progress = nothing,
    ) -> BackupRow:
        """Make a backup while everything goes on; without `to` it is kept in the data folder.

        Killed in between, it leaves the file that was there before, or none.

        Raises:
            Refused: The file is there, the disk has no room, or somebody else writes it now.
        """
        allow(actor, "installation", "backup")
        taken = self._clock.now()
        target = to or self._folder() / f"{moment(taken):%Y-%m-%d-%H%M%S}{ENDING}"
        if target.exists() and not replace:
            raise Refused(_is_there(target))
        if not target.parent.is_dir():
            raise missing("folder", str(target.parent), "Make it first.")
        with _alone(target) as draft:
            self._write(draft, taken, progress)
            draft.replace(target)
            snapshot.sync(target.parent)
        row = self._row(target, snapshot.sum_of(target))
        meta = {"name": row.name, "bytes": row.bytes, "sum": row.sha256}
        done = deed(actor, taken, "installation.backup", row.name, **meta)
        with self._database.write() as connection:
            self._database.audit(connection, done)
        if to is None:
            self._drop_old()
        return row

    def list(self, actor: Actor) -> list[BackupRow]:
        """Return the backups that are kept in the data folder, newest first."""
        allow(actor, "installation", "read")
        return [self._row(path) for path in self._kept()]

    def find(self, actor: Actor, name: str) -> Path:
        """Return the file of a backup that is kept in the data folder, to be carried away.

        Raises:
            Refused: There is no such backup.
        """
        allow(actor, "installation", "backup")
        for path in self._kept():
            if path.name == name:
                return path
        raise missing("backup", name, "See `nexus backup --list`.")

    def _write(self, draft: Path, taken: int, progress: snapshot.Progress) -> None:
        if self._database.engine.dialect.name != "sqlite":
            raise Refused(_not_here())
        source, copy = self._database.folder / FILE, draft.with_suffix(".db")
        _check_room(source, draft.parent)
        try:
            snapshot.make_private(copy)
            snapshot.copy_database(source, copy, {REASON: IN_A_BOX}, progress)
            parts = {FILE: copy, anchors.FILE: self._database.folder / anchors.FILE}
            there = {name: path for name, path in parts.items() if path.exists()}
            snapshot.pack(draft, there, self._about(taken))
        finally:
            copy.unlink(missing_ok=True)

    def _about(self, taken: int) -> dict[str, object]:
        return {
            "nexus": version("nexus"),
            "schema": SCHEMA_VERSION,
            "installation": self._database.installation,
            "copy": self._database.hold.copy,
            "taken": rfc3339(taken),
            "micros": taken,
            "master_key": self._database.vault.ring.current.id,
        }

    def _folder(self) -> Path:
        folder = self._database.folder / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _kept(self) -> tuple[Path, ...]:
        found = (self._database.folder / FOLDER).glob(f"[!.]*{ENDING}")
        return tuple(sorted(found, key=lambda path: path.name, reverse=True))

    def _drop_old(self) -> None:
        for path in self._kept()[KEPT:]:
            path.unlink(missing_ok=True)

    def _row(self, path: Path, total: str = "") -> BackupRow:
        facts = path.stat()
        taken = int(facts.st_mtime * 1_000_000)
        size = facts.st_size
        return BackupRow(name=path.name, path=str(path), bytes=size, taken=taken, sha256=total)


@contextmanager
def _alone(target: Path) -> Iterator[Path]:
    """Give the draft of a file, which nobody else writes; what a killed one left is gone."""
    draft = target.with_name(f".{target.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(draft, 0)
        yield draft
    except BlockingIOError:
        raise Refused(_busy(target)) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _check_room(source: Path, folder: Path) -> None:
    wanted, free = 2 * source.stat().st_size, shutil.disk_usage(folder).free
    if free < wanted:
        title = f"{folder} has {free:,} bytes free; a backup may need {wanted:,} while it is made."
        hint = "Name a file on another disk."
        raise Refused(Problem(code="no_room", title=title, status=507, hint=hint))


def _is_there(path: Path) -> Problem:
    title, hint = f"{path} is there already.", "Name another file, or say --replace."
    return Problem(code="file_exists", title=title, status=409, hint=hint)


def _busy(path: Path) -> Problem:
    title = f"Another backup writes {path} now."
    return Problem(code="busy", title=title, status=409, hint="Wait for it to end.")


def _not_here() -> Problem:
    return Problem(
        code="other_engine",
        title="The data is kept by a database server, which has backups of its own.",
        status=409,
        hint="Use pg_dump there. docs/upkeep.md tells what to do when you restore one.",
    )

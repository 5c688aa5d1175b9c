"""Whether this installation stands still: on hold it accepts no event and sends nothing.

A copy begins on hold, however it was made: a backup's database says so itself, and one that was
copied as a file stands in another place than the one that it was bound to.
"""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select

from nexus.core.model.deed import Deed
from nexus.core.model.problem import Problem, Refused
from nexus.core.store.tables import meta

if TYPE_CHECKING:
    from nexus.core.store.database import Database

REASON, COPY, PLACE, TAKEN = "hold", "copy", "place", "taken"
OURS = (REASON, COPY, PLACE, TAKEN)
FIRST = "1"
VARIABLE = "NEXUS_PLACE"
MACHINE = Path("/etc/machine-id")
ELSEWHERE = "This data was copied or moved here, and another copy of it may be at work."


class Hold:
    """The hold of one installation, as every process on it sees it.

    Attributes:
        reason: Why it stands still; empty while it works.
        copy: Which copy this is: `1` is the first installation, a restored one draws a mark.
        taken: When the backup was taken that this copy was restored from; 0 for none.
    """

    def __init__(self, database: "Database", file: Path | None) -> None:
        self._database = database
        self._place = place_of(file)
        self.reason, self.copy, self.taken = "", FIRST, 0
        known = self.look()
        if self._place and not known.get(PLACE):
            self._write({PLACE: self._place}, None)
        elif self._place != known.get(PLACE, "") and not self.reason:
            self._write({REASON: ELSEWHERE, COPY: mark()}, None)

    @property
    def is_on(self) -> bool:
        """True while nothing may be accepted or sent."""
        return bool(self.reason)

    def check(self) -> None:
        """Refuse to accept or send anything while this installation stands still.

        Raises:
            Refused: 503; nothing was kept.
        """
        if self.reason:
            raise Refused(_held(self.reason))

    def look(self) -> dict[str, str]:
        """Read what another process may have changed."""
        rows = self._database.rows(select(meta).where(meta.c.name.in_(OURS)))
        known = {row.name: row.value for row in rows}
        self.reason, self.copy = known.get(REASON, ""), known.get(COPY, FIRST)
        self.taken = int(known.get(TAKEN, 0))
        return known

    def begin(self, reason: str, done: Deed) -> None:
        """Stand still from now on."""
        self._write({REASON: reason}, done)

    def end(self, done: Deed) -> None:
        """Work again, bound to this very place."""
        self._write({REASON: "", PLACE: self._place}, done)

    def _write(self, facts: dict[str, str], done: Deed | None) -> None:
        with self._database.write() as connection:
            put(connection, facts)
            self._database.audit(connection, done)
        self.look()


def put(connection: Connection, facts: dict[str, Any]) -> None:
    """Write facts of the installation; an empty one is taken away."""
    connection.execute(delete(meta).where(meta.c.name.in_(facts)))
    rows = [{"name": name, "value": str(value)} for name, value in facts.items() if value]
    if rows:
        connection.execute(insert(meta), rows)


def place_of(file: Path | None) -> str:
    """Return what tells this place from every other: `$NEXUS_PLACE`, or the machine and the file.

    Empty when nothing is known about it (a database server, which has places of its own).
    """
    if named := os.environ.get(VARIABLE):
        return f"named:{named}"
    if file is None:
        return ""
    machine = MACHINE.read_bytes().strip() if MACHINE.exists() else b""
    told = b"%s:%d" % (machine, file.stat().st_ino)
    return hashlib.blake2b(told, digest_size=8, person=b"nexus place").hexdigest()


def mark() -> str:
    """Draw the mark of a new copy."""
    return os.urandom(3).hex()


def _held(reason: str) -> Problem:
    return Problem(
        code="on_hold",
        title="Nexus is on hold: it accepts nothing and sends nothing.",
        status=503,
        detail=reason,
        hint="An owner lets it go on: nexus release",
    )

"""Anchors: the head of the audit log, written once a day to a file that only grows.

A chain cannot tell that its end was cut off; an anchor outside the database can. Each line is
signed, and told to the log too, so that a copy may be kept on another machine.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from nexus.core.store.audit import Chain

FILE = "audit-anchors.log"


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the newest row was at a moment; `mark` signs the rest."""

    at: int
    seq: int
    hash: str
    mark: str = ""


class Anchors:
    """The file of anchors in the data folder."""

    def __init__(self, folder: Path, chain: Chain) -> None:
        self._path = folder / FILE
        self._chain = chain

    def add(self, at: int, seq: int, head: str) -> Anchor:
        """Append an anchor; it is on the disk when this returns."""
        anchor = Anchor(at, seq, head, self._mark(at, seq, head))
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(json.dumps(asdict(anchor)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return anchor

    def lines(self) -> list[Anchor | None]:
        """Return every anchor in order; None stands for a line that we did not write so."""
        text = self._path.read_text(errors="replace") if self._path.exists() else ""
        return [self._read(line) for line in text.splitlines()]

    def newest(self) -> Anchor | None:
        """Return the last good anchor."""
        return next((anchor for anchor in reversed(self.lines()) if anchor), None)

    def _read(self, line: str) -> Anchor | None:
        try:
            anchor = Anchor(**json.loads(line))
        except (ValueError, TypeError):
            return None
        right = self._mark(anchor.at, anchor.seq, anchor.hash) == anchor.mark
        return anchor if right else None

    def _mark(self, at: int, seq: int, head: str) -> str:
        return self._chain.sign(["anchor", at, seq, head])

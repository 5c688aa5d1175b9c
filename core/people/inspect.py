"""Check an audit log from its first row to its last, and name the first thing that is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nexus.core.model.audit import Verdict
from nexus.core.store.anchors import Anchor
from nexus.core.store.audit import Chain

Row = Mapping[str, Any]


class Bad(Exception):  # noqa: N818 - it is a finding, not a mistake
    """The first thing that is wrong, and at which row."""

    def __init__(self, seq: int, says: str) -> None:
        super().__init__(says)
        self.seq = seq


def inspect(rows: Iterable[Row], anchors: Sequence[Anchor | None], chain: Chain) -> Verdict:
    """Walk the chain; every anchor must meet the row that it saw."""
    walk = Walk(chain, {anchor.seq: anchor for anchor in anchors if anchor})
    try:
        for row in rows:
            walk.step(row)
        walk.finish()
        _check_lines(anchors)
    except Bad as bad:
        return Verdict(fine=False, rows=walk.seq, anchors=len(anchors), says=str(bad), seq=bad.seq)
    agree = f"{len(anchors)} of its daily anchors agree" if anchors else "no anchor was cast yet"
    says = f"All is whole and in order, {walk.seq} rows; {agree}."
    return Verdict(fine=True, rows=walk.seq, anchors=len(anchors), says=says)


class Walk:
    """Where the check is: the last good row."""

    def __init__(self, chain: Chain, anchors: Mapping[int, Anchor]) -> None:
        self._chain = chain
        self._anchors = anchors
        self.seq = 0
        self._prev = chain.origin

    def step(self, row: Row) -> None:
        """Check one row against the one before it.

        Raises:
            Bad: It is missing, changed, moved, or not what an anchor saw.
        """
        seq = self.seq + 1
        if row["seq"] != seq:
            raise Bad(seq, f"Row {seq} is missing: row {row['seq']} comes next.")
        if row["prev_hash"] != self._prev:
            raise Bad(seq, f"Row {seq} does not follow the row before it.")
        if self._chain.seal(row) != row["hash"]:
            raise Bad(seq, f"Row {seq} was changed after it was written.")
        anchor = self._anchors.get(seq)
        if anchor is not None and anchor.hash != row["hash"]:
            raise Bad(seq, f"Row {seq} is another one than the anchor saw: it was written anew.")
        self.seq, self._prev = seq, row["hash"]

    def finish(self) -> None:
        """Check that no anchor saw a row beyond the end.

        Raises:
            Bad: The end of the log was cut off.
        """
        furthest = max(self._anchors, default=0)
        if furthest > self.seq:
            says = (
                f"Row {self.seq + 1} is missing: the log ends here, an anchor saw row {furthest}."
            )
            raise Bad(self.seq + 1, says)


def _check_lines(anchors: Sequence[Anchor | None]) -> None:
    last = 0
    for number, anchor in enumerate(anchors, 1):
        if anchor is None or anchor.seq < last:
            raise Bad(last + 1, f"Line {number} of the anchors was not written by this Nexus.")
        last = anchor.seq

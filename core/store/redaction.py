"""The last barrier before the disk: no secret may be in what a commit keeps."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from nexus.core.store.statements import Write
from nexus.core.store.ticket import Telling, Ticket, Unfit

Row = tuple[Any, ...]
TOGETHER = 1_000_000  # bytes


class Redaction(Protocol):
    """What the committer asks about secrets."""

    def suspects(self, raw: bytes) -> bool:
        """Say whether there may be a secret in these bytes."""

    def raw(self, raw: bytes) -> bytes:
        """Return JSON bytes without secrets; the same object when there was nothing to hide."""


def without_secrets(redaction: Redaction, batch: Sequence[Ticket]) -> list[Ticket]:
    """Hide the secrets in all that a batch says; return the tickets that can be kept.

    Nearly always there are none, so everything is looked at together first: a look lets other
    threads go first, and would cost more than the looking if each row had its own.
    """
    said = [blob for ticket in batch for blob in _said(ticket)]
    if sum(map(len, said)) < TOGETHER and not redaction.suspects(b"\n".join(said)):
        return [*batch]
    return [ticket for ticket in batch if _hide(redaction, ticket)]


def _said(ticket: Ticket) -> Iterator[bytes]:
    if ticket.texts is not None:
        yield ticket.texts
    for write, row in ticket.change:
        for place in write.redacted if ticket.texts is None else write.derived:
            if said := row[place]:
                yield said.encode("utf-8", "surrogatepass") if isinstance(said, str) else said


def _hide(redaction: Redaction, ticket: Ticket) -> bool:
    try:
        if ticket.texts is None:
            ticket.change = [(write, _clean(redaction, write, row)) for write, row in ticket.change]
        elif redaction.suspects(b"\n".join(_said(ticket))):
            raise Telling
    except Telling as found:
        ticket.error = found
    except Exception as error:  # noqa: BLE001 - what cannot be read may not be kept either
        ticket.error = Unfit(f"{type(error).__name__}: {error}")
    return ticket.error is None


def _clean(redaction: Redaction, write: Write, row: Row) -> Row:
    for place in write.redacted:
        raw = row[place]
        clean = redaction.raw(raw) if raw else raw
        if clean is not raw:
            row = (*row[:place], clean, *row[place + 1 :])
    return row

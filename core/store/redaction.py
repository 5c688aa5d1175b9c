"""The last barrier before the disk: no secret may be in what a commit keeps."""

from collections.abc import Callable, Sequence
from typing import Any

from nexus.core.store.statements import Write
from nexus.core.store.ticket import Change, Ticket, Unfit

Redact = Callable[[bytes], bytes]
Row = tuple[Any, ...]
TOGETHER = 1_000_000  # bytes


def without_secrets(redact: Redact, batch: Sequence[Ticket]) -> list[Ticket]:
    """Hide the secrets in all that a batch says; return the tickets that can be kept.

    Nearly always there are none, so everything is looked at together first: one look lets other
    threads go first, and would cost more than the looking if each row had its own.
    """
    told = [blob for ticket in batch for blob in _told(ticket.change)]
    if sum(map(len, told)) < TOGETHER:
        together = b"[" + b",".join(told) + b"]"
        if redact(together) is together:
            return [*batch]
    return [ticket for ticket in batch if _hide(redact, ticket)]


def _hide(redact: Redact, ticket: Ticket) -> bool:
    try:
        ticket.change = [(write, _clean(redact, write, row)) for write, row in ticket.change]
    except Exception as error:  # noqa: BLE001 - what cannot be read may not be kept either
        ticket.error = Unfit(f"{type(error).__name__}: {error}")
    return ticket.error is None


def _told(change: Change) -> list[bytes]:
    return [row[place] for write, row in change for place in write.redacted if row[place]]


def _clean(redact: Redact, write: Write, row: Row) -> Row:
    for place in write.redacted:
        raw = row[place]
        clean = redact(raw) if raw else raw
        if clean is not raw:
            row = (*row[:place], clean, *row[place + 1 :])
    return row

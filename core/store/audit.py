"""The audit log: rows chained by keyed hashes; the database itself refuses to change them.

A row is written by the transaction that makes the change it tells of, so that neither is there
without the other. The key is made from a secret that only the master key opens, so whoever holds
only the database can neither forge a row nor mend the chain behind one.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Executable, Select, func, insert, select

from nexus.core.model.deed import Deed, clean
from nexus.core.store.tables import audit

Execute = Callable[[Executable], Iterable[Any]]
Work = Callable[[Any], Any]
Rows = Callable[[Executable], list[Any]]
SEALED = tuple(column.name for column in audit.columns if column.name != "hash")
HEAD = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
BATCH = 1000


class Chain:
    """Links each row to the one before it."""

    def __init__(self, installation: str, key: str, hold: Executable | None = None) -> None:
        """`hold` keeps other writers out until the open transaction ends, if anything must."""
        self._key = bytes.fromhex(key)
        self._hold = hold
        self.redact: Callable[[bytes], bytes] = lambda raw: raw
        self.origin = hashlib.sha256(installation.encode()).hexdigest()

    def append(self, execute: Execute, deed: Deed) -> None:
        """Add a row to the open write transaction that `execute` belongs to."""
        if self._hold is not None:
            execute(self._hold)
        head = next(iter(execute(HEAD)), None)
        seq, prev = (head[0] + 1, head[1]) if head else (1, self.origin)
        row = {
            "seq": seq,
            "at": deed.at,
            "actor": deed.actor,
            "via": deed.via,
            "ip": deed.ip,
            "action": deed.action,
            "object": deed.object[:300],
            "before_hash": deed.before,
            "after_hash": deed.after,
            "meta": self.redact(msgspec.json.encode(clean(deed.meta), order="sorted")).decode(),
            "prev_hash": prev,
        }
        execute(insert(audit).values(**row, hash=self.seal(row)))

    def join(self, work: Work, deed: Deed) -> Work:
        """Return work for the committer that adds the row when it changed something."""
        return partial(self._do, work, deed)

    def _do(self, work: Work, deed: Deed, execute: Execute) -> Any:
        done = work(execute)
        if done:
            self.append(execute, deed)
        return done

    def seal(self, row: Mapping[str, Any]) -> str:
        """Return the hash of everything in a row, the hash of the row before it included."""
        return self.sign([row[name] for name in SEALED])

    def sign(self, said: object) -> str:
        """Return the keyed hash of plain values."""
        return hmac.new(self._key, msgspec.json.encode(said), "sha256").hexdigest()


def every(rows: Rows) -> Iterator[Mapping[str, Any]]:
    """Yield all rows in their order, a batch at a time."""
    seq = -(1 << 62)
    statement = select(audit).order_by(audit.c.seq).limit(BATCH)
    while batch := rows(statement.where(audit.c.seq > seq)):
        yield from (row._mapping for row in batch)
        seq = batch[-1].seq


def matching(
    *,
    actor: str = "",
    action: str = "",
    text: str = "",
    since: int | None = None,
    until: int | None = None,
    before: int | None = None,
) -> Select[Any]:
    """Return the query for the rows that fit every filter, newest first."""
    wanted: list[ColumnElement[bool]] = []
    if actor:
        wanted.append(audit.c.actor == actor)
    if action:
        wanted.append((audit.c.action == action) | audit.c.action.startswith(f"{action}."))
    if text:
        wanted.append(audit.c.object.icontains(text, autoescape=True) | _told(text))
    if since is not None:
        wanted.append(audit.c.at >= since)
    if until is not None:
        wanted.append(audit.c.at < until)
    if before is not None:
        wanted.append(audit.c.seq < before)
    return select(audit).where(*wanted).order_by(audit.c.seq.desc())


def _told(text: str) -> ColumnElement[bool]:
    """Look for the text inside meta in the spelling that JSON gives it."""
    spelled = msgspec.json.encode(text).decode()[1:-1]
    return audit.c.meta.icontains(spelled, autoescape=True)


def actors() -> Select[Any]:
    """Return the query for everybody in the log with what their newest row tells."""
    newest = select(func.max(audit.c.seq)).group_by(audit.c.actor)
    return select(audit.c.actor, audit.c.meta).where(audit.c.seq.in_(newest))


def actions() -> Select[Any]:
    """Return the query for every action that the log holds."""
    return select(audit.c.action).distinct().order_by(audit.c.action)

"""Columns as PostgreSQL arrays in binary: one statement then writes any number of rows.

The types are always the same, so each statement is prepared once; psycopg's own lists take the
type of what happens to be in them.
"""

import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy import LargeBinary, String
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect

from nexus.core.store.statements import NEW_EVENT, Write

HEAD, LENGTH, NUMBER = struct.Struct("!iiIii"), struct.Struct("!i"), struct.Struct("!iq")
NULL = LENGTH.pack(-1)


class Column(ABC):
    """The values of one column."""

    __slots__ = ("values",)
    array, element = 0, 0

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = values

    def written(self) -> bytes:
        """Return the array as PostgreSQL reads it."""
        parts = [NULL if value is None else self.one(value) for value in self.values]
        head = HEAD.pack(1, NULL in parts, self.element, len(parts), 1)
        return head + b"".join(parts)

    @abstractmethod
    def one(self, value: Any) -> bytes:
        """Write one value that is there, its length first."""


class Numbers(Column):
    """`int8[]`, for every kind of integer."""

    __slots__ = ()
    array, element = 1016, 20

    def one(self, value: int) -> bytes:
        """Write a number."""
        return NUMBER.pack(8, value)


class Texts(Column):
    """`text[]`."""

    __slots__ = ()
    array, element = 1009, 25

    def one(self, value: str) -> bytes:
        """Write a text."""
        raw = value.encode()
        return LENGTH.pack(len(raw)) + raw


class Blobs(Column):
    """`bytea[]`."""

    __slots__ = ()
    array, element = 1001, 17

    def one(self, value: bytes) -> bytes:
        """Write bytes."""
        return LENGTH.pack(len(value)) + value


def _dumper(kind: type[Column]) -> type[Dumper]:
    class ColumnDumper(Dumper):
        format = Format.BINARY
        oid = kind.array

        def dump(self, obj: Column) -> bytes:
            return obj.written()

    return ColumnDumper


DUMPERS = {kind: _dumper(kind) for kind in (Numbers, Texts, Blobs)}


class Over:
    """A write as one statement over arrays, a column each: `… unnest(…) AS v(…)`."""

    def __init__(self, write: Write) -> None:
        dialect: Any = psycopg_dialect(paramstyle="named")  # type: ignore[no-untyped-call]
        compiled: Any = write.statement.compile(dialect=dialect, column_keys=list(write.names))
        self._kinds = [_kind(compiled.binds[name].type) for name in write.names]
        self._sorted = (
            write is NEW_EVENT
        )  # those that come twice meet in the same order: no deadlock
        names = ", ".join(f'"{name}"' for name in write.names)
        source = f"unnest({', '.join(['%s'] * len(write.names))}) AS v({names})"
        self.sql = _over(str(compiled), source)

    def columns(self, rows: list[tuple[Any, ...]]) -> list[Column]:
        """Turn rows into columns."""
        if self._sorted and len(rows) > 1:
            rows = sorted(rows, key=_delivery)
        return [
            kind(values) for kind, values in zip(self._kinds, zip(*rows, strict=True), strict=True)
        ]


def _over(sql: str, source: str) -> str:
    """Let a statement take its values from `v` instead of parameters."""
    source = f"{'USING' if sql.startswith('DELETE') else 'FROM'} {source}"
    sql = re.sub(r"(?<!:):([a-z_]+)", r'v."\1"', sql)
    if sql.startswith("INSERT"):
        return re.sub(r"VALUES \((.*?)\)", rf"SELECT \1 {source}", sql, count=1)
    return sql.replace(" WHERE ", f" {source} WHERE ", 1)


def _kind(type_: Any) -> type[Column]:
    if isinstance(type_, LargeBinary):
        return Blobs
    return Texts if isinstance(type_, String) else Numbers


def _delivery(row: tuple[Any, ...]) -> tuple[str, str]:
    source, dedupe = (row[NEW_EVENT.names.index(name)] for name in ("source", "dedupe"))
    return source, dedupe or ""

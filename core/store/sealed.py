"""Every sealed column of every table: open all of them, or seal all of them anew.

A column says in tables.py what its texts are bound to: `info={"sealed": "hook:{name}"}`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select, update

from nexus.core.model.deed import Deed
from nexus.core.model.problem import Refused
from nexus.core.store.database import Database
from nexus.core.store.tables import metadata
from nexus.core.store.vault import Vault

Progress = Callable[[int, int], None]


def secrets(database: Database, vault: Vault) -> Iterator[str]:
    """Yield every secret that can be opened (addresses' own keys are shown, so they are none)."""
    for table, column in _columns():
        for row in database.rows(select(table).where(column.is_not(None))):
            if not column.info.get("shown"):
                yield from _opened(vault, column, row)


def _opened(vault: Vault, column: Column[Any], row: Any) -> Iterator[str]:
    try:
        yield vault.open(getattr(row, column.name), _about(column, row))
    except Refused:
        return  # its key is lost: doctor says so, nothing else stops


def count(database: Database) -> int:
    """Return how many texts are sealed."""
    return sum(
        database.rows(select(func.count()).where(column.is_not(None)))[0][0]
        for _, column in _columns()
    )


def reseal(database: Database, vault: Vault, progress: Progress, done: Deed) -> int:
    """Seal every text with the current key, in one transaction; returns how many there were.

    Raises:
        Refused: One of them cannot be opened; nothing was changed.
    """
    total, number = count(database), 0
    with database.write() as writer:
        for table, column in _columns():
            for row in writer.execute(select(table).where(column.is_not(None))).all():
                _reseal(writer, vault, table, column, row)
                number += 1
                progress(number, max(total, number))
        database.audit(writer, done.tell(number=number))
    return number


def _reseal(writer: Connection, vault: Vault, table: Table, column: Column[Any], row: Any) -> None:
    sealed, about = getattr(row, column.name), _about(column, row)
    if vault.is_current(sealed):
        return
    fresh = vault.seal(vault.open(sealed, about), about)
    here = [one == getattr(row, one.name) for one in table.primary_key.columns]
    writer.execute(update(table).where(*here).values({column.name: fresh}))


def _columns() -> Iterator[tuple[Table, Column[Any]]]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if "sealed" in column.info:
                yield table, column


def _about(column: Column[Any], row: Any) -> str:
    return str(column.info["sealed"].format(**row._mapping))

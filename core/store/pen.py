"""What the committer writes with: one connection of its own, and how its database is spoken to."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect, Executable

from nexus.core.store.statements import Write

Row = tuple[Any, ...]
Group = tuple[Write, list[Row]]


class InDoubt(Exception):  # noqa: N818 - it is a fact, not a mistake
    """The connection was lost in the middle of a commit; only the database knows its end."""


class Pen(ABC):
    """Writes through one DBAPI connection. SQLite and PostgreSQL each bring their own `put`."""

    repeats: type[Exception]
    misfits: tuple[type[Exception], ...]
    connection: Any
    _begin = "BEGIN"

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        errors: Any = dialect.loaded_dbapi
        self.errors: type[Exception] = errors.Error
        self.repeats = errors.IntegrityError
        self.misfits = (
            *(OverflowError, ValueError, TypeError),
            *(errors.DataError, errors.InterfaceError, errors.ProgrammingError),
        )

    def begin(self, groups: Sequence[Group] = ()) -> bool:
        """Open a transaction and write the groups in their order, like `put`."""
        self.connection.cursor().execute(self._begin)
        return self.put(groups)

    @abstractmethod
    def put(self, groups: Sequence[Group]) -> bool:
        """Write rows; False when a fenced write changed fewer rows than it was given."""

    def execute(self, statement: Executable) -> list[Row]:
        """Run one SQLAlchemy statement inside the open transaction."""
        compiled: Any = statement.compile(  # type: ignore[attr-defined]
            dialect=self._dialect, compile_kwargs={"render_postcompile": True}
        )
        cursor = self.connection.cursor()
        cursor.execute(str(compiled), [compiled.params[name] for name in compiled.positiontup])
        return cursor.fetchall() if cursor.description else []

    def commit(self) -> None:
        """Make the transaction durable.

        Raises:
            InDoubt: The connection was lost meanwhile; `was_kept` can tell later.
        """
        self.connection.cursor().execute("COMMIT")

    def rollback(self) -> None:
        """Forget the transaction."""
        self.connection.cursor().execute("ROLLBACK")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what the block wrote when it raises."""
        cursor = self.connection.cursor()
        cursor.execute("SAVEPOINT one")
        try:
            yield
        except BaseException:
            cursor.execute("ROLLBACK TO one")
            raise
        cursor.execute("RELEASE one")

    def was_kept(self) -> bool:
        """Say how the commit in doubt ended."""
        return False

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()

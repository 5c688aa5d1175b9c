"""The databases that an installation may stand on, for tests that must hold on each of them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

SQLITE, POSTGRES = "sqlite", "postgres"
ONLY_SQLITE = ("store", [SQLITE])
ONLY_POSTGRES = ("store", [POSTGRES])


class Store:
    """One installation's folder and its database, looked into from outside of Nexus."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url
        self._looking: Any = None

    @property
    def is_postgres(self) -> bool:
        return bool(self.url)

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; its values stand for `?`."""
        if self.url:
            from psycopg.rows import tuple_row

            cursor = self._postgres().cursor(row_factory=tuple_row)
            cursor.execute(query.replace("?", "%s"), values or None)
            return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self.folder / "nexus.db", isolation_level=None)) as connection:
            return connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> dict[str, Any]:
        """Return a query's first row by its columns' names."""
        if self.url:
            found: dict[str, Any] = (
                self._postgres().execute(query.replace("?", "%s"), values).fetchone()
            )
            return found
        with closing(sqlite3.connect(self.folder / "nexus.db")) as connection:
            connection.row_factory = sqlite3.Row
            return dict(connection.execute(query, values).fetchone())

    def close(self) -> None:
        """Let go of the connection that looks into PostgreSQL."""
        if self._looking is not None:
            self._looking.close()

    def _postgres(self) -> Any:
        """Return a connection that outlives one question, and not its server."""
        import psycopg
        from psycopg.rows import dict_row

        if self._looking is None or self._looking.closed:
            self._looking = psycopg.connect(self.url, autocommit=True, row_factory=dict_row)
        return self._looking

"""Which database an installation stands on: a SQLite file in its folder, or a PostgreSQL server."""

import os
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from nexus.core.model.problem import Problem, Refused
from nexus.core.store.dialect import Backend
from nexus.core.store.sqlite import FILE, Sqlite

VARIABLE = "NEXUS_DATABASE"
POSTGRES = "postgresql"


def open_backend(folder: Path) -> Backend:
    """Open the database that $NEXUS_DATABASE names, else the file in the folder.

    Raises:
        Refused: The address is none, or nobody answers there.
    """
    url = os.environ.get(VARIABLE, "")
    if not url:
        return Sqlite(folder)
    _check(url)
    from nexus.core.store.postgres import Postgres  # noqa: PLC0415 - psycopg, first use

    return Postgres(url)


def is_installed(folder: Path) -> bool:
    """Say whether there is an installation to open, without making one."""
    return bool(os.environ.get(VARIABLE)) or (folder / FILE).exists()


def password() -> list[str]:
    """Return the password in the database's address, if any, so that it can be hidden."""
    url = os.environ.get(VARIABLE)
    word = make_url(url).password if url else None
    return [str(word)] if word else []


def _check(url: str) -> None:
    try:
        known = make_url(url).get_backend_name() == POSTGRES
    except ArgumentError:
        known = False
    if not known:
        raise Refused(
            Problem(
                code="bad_database",
                title=f"${VARIABLE} is no address of a PostgreSQL database.",
                status=500,
                expected=f"{VARIABLE}=postgresql://user:password@host:5432/name",
                hint="Mend it, or remove it to keep the data in a SQLite file.",
            )
        )

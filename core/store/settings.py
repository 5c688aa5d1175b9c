"""Settings of the installation, and the sealed secrets of its sign-in providers."""

from typing import Any

import msgspec
from sqlalchemy import delete, insert, select

from nexus.core.model.deed import Deed
from nexus.core.model.people import TermsRow
from nexus.core.store.database import Database
from nexus.core.store.people_tables import setting, sso_secret

TERMS = "terms"


def read_setting(database: Database, name: str) -> Any | None:
    """Return a setting of the installation."""
    row = database.one(select(setting.c.value).where(setting.c.name == name))
    return msgspec.json.decode(row.value) if row else None


def write_setting(database: Database, name: str, value: Any, done: Deed | None) -> None:
    """Keep a setting of the installation."""
    with database.write() as connection:
        connection.execute(delete(setting).where(setting.c.name == name))
        connection.execute(insert(setting).values(name=name, value=msgspec.json.encode(value)))
        database.audit(connection, done)


def read_terms(database: Database) -> TermsRow:
    """Return on which terms people are let in."""
    return msgspec.convert(read_setting(database, TERMS) or {}, TermsRow)


def read_secrets(database: Database) -> dict[str, str]:
    """Return the sealed secrets of the sign-in providers."""
    return {row.id: row.sealed for row in database.rows(select(sso_secret))}


def write_providers(
    database: Database, name: str, value: Any, secrets: dict[str, str], done: Deed
) -> None:
    """Keep the sign-in providers and their sealed secrets."""
    with database.write() as connection:
        connection.execute(delete(setting).where(setting.c.name == name))
        connection.execute(insert(setting).values(name=name, value=msgspec.json.encode(value)))
        connection.execute(delete(sso_secret))
        for provider, sealed in secrets.items():
            connection.execute(insert(sso_secret).values(id=provider, sealed=sealed))
        database.audit(connection, done)

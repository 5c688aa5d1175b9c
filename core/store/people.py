"""People, their sessions, one-time links and tokens. Secrets are kept as SHA-256 only."""

import hashlib
from typing import Any

from sqlalchemy import delete, insert, select, update

from nexus.core.model.deed import Deed
from nexus.core.store.database import Database
from nexus.core.store.tables import link, person, session, token


def hashed(secret: str) -> str:
    """Return what is stored of a secret that its holder shows again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def ensure_person(database: Database, person_id: str, name: str, role: str, now: int) -> None:
    """Add the person unless there."""
    if database.one(select(person.c.id).where(person.c.id == person_id)) is None:
        row = {"id": person_id, "name": name, "role": role, "created": now}
        with database.write() as connection:
            connection.execute(insert(person).values(row))


def add_link(database: Database, secret: str, person_id: str, expires: int, done: Deed) -> None:
    """Keep a one-time sign-in link."""
    with database.write() as connection:
        row = {"hash": hashed(secret), "person_id": person_id, "expires": expires}
        connection.execute(insert(link).values(row))
        database.audit(connection, done)


def take_link(database: Database, secret: str, now: int) -> str | None:
    """Use a link up; returns whose it was, None when it is unknown, used or over."""
    with database.write() as connection:
        statement = delete(link).where(link.c.hash == hashed(secret))
        row = connection.execute(statement.returning(link.c.person_id, link.c.expires)).first()
    return row.person_id if row and row.expires > now else None


def begin_session(
    database: Database, secret: str, person_id: str, expires: int, done: Deed
) -> None:
    """Write the session of somebody who has just signed in."""
    with database.write() as connection:
        values = {"hash": hashed(secret), "person_id": person_id, "expires": expires}
        connection.execute(insert(session).values(data=b"{}", **values))
        database.audit(connection, done)


def find_person(database: Database, person_id: str) -> Any | None:
    """Return a person's row."""
    return database.one(select(person).where(person.c.id == person_id))


def save_session(
    database: Database, secret: str, person_id: str | None, expires: int, data: bytes
) -> None:
    """Write a session, new or known."""
    values = {"person_id": person_id, "expires": expires, "data": data}
    with database.write() as connection:
        known = connection.execute(
            update(session).where(session.c.hash == hashed(secret)).values(values)
        )
        if not known.rowcount:
            connection.execute(insert(session).values(hash=hashed(secret), **values))


def find_session(database: Database, secret: str, now: int) -> Any | None:
    """Return the session's row with its person (name and role None when nobody signed in)."""
    statement = (
        select(session.c.data, session.c.person_id, session.c.expires, person.c.name, person.c.role)
        .outerjoin(person, person.c.id == session.c.person_id)
        .where(session.c.hash == hashed(secret), session.c.expires > now)
    )
    return database.one(statement)


def drop_session(database: Database, secret: str, done: Deed) -> None:
    """End a session at once."""
    with database.write() as connection:
        connection.execute(delete(session).where(session.c.hash == hashed(secret)))
        database.audit(connection, done)


def note(database: Database, done: Deed) -> None:
    """Write down what changed nothing and still matters: somebody who was not let in."""
    with database.write() as connection:
        database.audit(connection, done)


def drop_stale(database: Database, now: int) -> None:
    """Forget sessions and links that are over."""
    with database.write() as connection:
        connection.execute(delete(session).where(session.c.expires <= now))
        connection.execute(delete(link).where(link.c.expires <= now))


def add_token(database: Database, secret: str, name: str, done: Deed) -> None:
    """Keep an API token of the person who makes it."""
    row = {"hash": hashed(secret), "person_id": done.actor, "name": name, "created": done.at}
    with database.write() as connection:
        connection.execute(insert(token).values(row))
        database.audit(connection, done)


def find_token(database: Database, secret: str) -> Any | None:
    """Return whose token this is."""
    statement = (
        select(person.c.id, person.c.name, person.c.role)
        .join(token, token.c.person_id == person.c.id)
        .where(token.c.hash == hashed(secret))
    )
    return database.one(statement)

"""Sessions, one-time links, API tokens, passkeys and failed tries. Secrets: as SHA-256 only."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select, update

from nexus.core.model.deed import Deed
from nexus.core.model.people import TermsRow
from nexus.core.store.database import Database
from nexus.core.store.people import hashed
from nexus.core.store.people_tables import (
    attempt,
    link,
    passkey,
    person,
    session,
    token,
)

MEMORY = 3600 * 1_000_000  # failed tries are forgotten after an hour


def add_link(
    database: Database,
    secret: str,
    purpose: str,
    person_id: str | None,
    expires: int,
    data: Any,
    done: Deed | None = None,
) -> None:
    """Keep something that may be used once: a sign-in link, a reset, a challenge."""
    row = {
        "hash": hashed(secret),
        "purpose": purpose,
        "person_id": person_id,
        "expires": expires,
        "data": msgspec.json.encode(data),
    }
    with database.write() as connection:
        connection.execute(insert(link).values(row))
        database.audit(connection, done)


def take_link(database: Database, secret: str, purpose: str, now: int) -> Any | None:
    """Use a link up; returns its row, None when it is unknown, used or over."""
    gone = delete(link).where(link.c.hash == hashed(secret), link.c.purpose == purpose)
    with database.write() as connection:
        row = connection.execute(gone.returning(link)).first()
    return row if row and row.expires > now else None


def find_link(database: Database, secret: str, purpose: str, now: int) -> Any | None:
    """Return a link that could be used, without using it up."""
    which = (link.c.hash == hashed(secret)) & (link.c.purpose == purpose) & (link.c.expires > now)
    return database.one(select(link).where(which))


def add_session(
    database: Database, secret: str, done: Deed | None = None, /, **values: Any
) -> None:
    """Begin a session."""
    with database.write() as connection:
        connection.execute(insert(session).values(hash=hashed(secret), **values))
        database.audit(connection, done)


def change_session(database: Database, secret: str, **values: Any) -> None:
    """Change a session; one that was ended stays ended."""
    with database.write() as connection:
        connection.execute(update(session).where(session.c.hash == hashed(secret)).values(values))


def find_session(database: Database, secret: str, now: int, terms: TermsRow) -> Any | None:
    """Return a session with its person (columns None when nobody signed in)."""
    about = (person.c.name, person.c.team, person.c.client, person.c.disabled, person.c.totp)
    statement = (
        select(session, *about)
        .outerjoin(person, person.c.id == session.c.person_id)
        .where(
            session.c.hash == hashed(secret),
            *_holds(now, terms),
            person.c.disabled.is_(None),
        )
    )
    return database.one(statement)


def _holds(now: int, terms: TermsRow) -> tuple[ColumnElement[bool], ...]:
    """Return what a session that still holds fulfils; shorter terms hold for those open, too."""
    seen, created = now - terms.idle, now - terms.longest
    return session.c.expires > now, session.c.seen > seen, session.c.created > created


def sessions_of(database: Database, person_id: str, now: int, terms: TermsRow) -> list[Any]:
    """Return a person's open sessions, the newest in use first."""
    statement = select(session).where(session.c.person_id == person_id, *_holds(now, terms))
    return database.rows(statement.order_by(session.c.seen.desc()))


def drop_session(database: Database, secret: str, done: Deed | None) -> None:
    """End a session at once."""
    with database.write() as connection:
        connection.execute(delete(session).where(session.c.hash == hashed(secret)))
        database.audit(connection, done)


def note(database: Database, done: Deed) -> None:
    """Write down what changed nothing and still matters: somebody who was not let in."""
    with database.write() as connection:
        database.audit(connection, done)


def drop_sessions(
    database: Database, person_id: str, start: str = "", done: Deed | None = None
) -> int:
    """End a person's sessions: all, or the one whose hash begins so; returns how many."""
    which = (session.c.person_id == person_id) & session.c.hash.startswith(start, autoescape=True)
    with database.write() as connection:
        database.audit(connection, done)
        return connection.execute(delete(session).where(which)).rowcount


def drop_stale(database: Database, now: int) -> None:
    """Forget sessions, links and failed tries that are over."""
    with database.write() as connection:
        connection.execute(delete(session).where(session.c.expires <= now))
        connection.execute(delete(link).where(link.c.expires <= now))
        connection.execute(delete(attempt).where(attempt.c.until <= now - MEMORY))


def add_token(database: Database, secret: str, done: Deed | None = None, /, **values: Any) -> None:
    """Keep an API token; a console's token takes the place of the one before."""
    with database.write() as connection:
        if values["console"]:
            connection.execute(delete(token).where(token.c.console))
        connection.execute(insert(token).values(hash=hashed(secret), **values))
        database.audit(connection, done)


def find_token(database: Database, secret: str, now: int) -> Any | None:
    """Return a token that holds now, with its person."""
    about = (person.c.name.label("person_name"), person.c.team, person.c.client)
    statement = (
        select(token, *about)
        .join(person, person.c.id == token.c.person_id)
        .where(
            token.c.hash == hashed(secret),
            token.c.expires.is_(None) | (token.c.expires > now),
            person.c.disabled.is_(None),
        )
    )
    return database.one(statement)


def touch_token(database: Database, token_id: str, now: int) -> None:
    """Remember that a token was used."""
    with database.write() as connection:
        connection.execute(update(token).where(token.c.id == token_id).values(used=now))


def all_tokens(database: Database) -> list[Any]:
    """Return every token that a person made, with their names."""
    statement = select(token, person.c.name.label("person_name"), person.c.team, person.c.client)
    joined = statement.join(person, person.c.id == token.c.person_id)
    return database.rows(joined.where(token.c.console.is_(False)).order_by(token.c.created))


def drop_token(database: Database, token_id: str, done: Deed) -> None:
    """Revoke a token."""
    with database.write() as connection:
        connection.execute(delete(token).where(token.c.id == token_id))
        database.audit(connection, done)


def add_passkey(database: Database, done: Deed, /, **values: Any) -> None:
    """Keep a passkey."""
    with database.write() as connection:
        connection.execute(insert(passkey).values(used=None, **values))
        database.audit(connection, done)


def find_passkey(database: Database, passkey_id: str) -> Any | None:
    """Return a passkey."""
    return database.one(select(passkey).where(passkey.c.id == passkey_id))


def passkeys_of(database: Database, person_id: str) -> list[Any]:
    """Return a person's passkeys."""
    which = select(passkey).where(passkey.c.person_id == person_id)
    return database.rows(which.order_by(passkey.c.created))


def use_passkey(database: Database, passkey_id: str, count: int, now: int) -> None:
    """Remember that a passkey was used, and its counter."""
    which = update(passkey).where(passkey.c.id == passkey_id)
    with database.write() as connection:
        connection.execute(which.values(count=count, used=now))


def drop_passkey(database: Database, person_id: str, passkey_id: str, done: Deed) -> None:
    """Take a passkey of this person away."""
    which = (passkey.c.id == passkey_id) & (passkey.c.person_id == person_id)
    with database.write() as connection:
        connection.execute(delete(passkey).where(which))
        database.audit(connection, done)


def begin_try(database: Database, about: str, now: int, pause: Callable[[int], int]) -> int:
    """Count a try before it is made; returns until when it has to wait, 0 when it may be made.

    Counting first means that tries made at the same moment do not all see the same count.
    `pause` says how long to wait after so many failures.
    """
    with database.write() as connection:
        row = connection.execute(select(attempt).where(attempt.c.about == about)).first()
        if row is not None and row.until > now:
            return int(row.until)
        failed = 1 + (row.failures if row is not None and row.until > now - MEMORY else 0)
        connection.execute(delete(attempt).where(attempt.c.about == about))
        values = {"about": about, "failures": failed, "until": now + pause(failed)}
        connection.execute(insert(attempt).values(values))
    return 0


def end_try(database: Database, about: str, *, all_forgotten: bool) -> None:
    """Take a try back that went well; with `all_forgotten` those before it too."""
    which = attempt.c.about == about
    with database.write() as connection:
        if all_forgotten:
            connection.execute(delete(attempt).where(which))
        else:
            less = {"failures": attempt.c.failures - 1}
            connection.execute(update(attempt).where(which).values(less))

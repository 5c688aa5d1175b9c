"""Connections: what is open of them, their sealed secrets, and consents that are under way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from nexus.core.model.deed import Deed
from nexus.core.model.run import RunState
from nexus.core.store.database import Database
from nexus.core.store.tables import connection, consent, run, secret
from nexus.core.store.ticket import Execute, Work


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """A secret ready to be kept; `tail` is what may be shown of it."""

    field: str
    sealed: str
    tail: str = ""
    expires: int | None = None


def save(
    writer: Connection, row: Mapping[str, Any], secrets: Iterable[Sealed], gone: Iterable[str]
) -> None:
    """Write a connection, new or known; secrets that are neither given nor `gone` stay."""
    known = writer.execute(select(connection.c.id).where(connection.c.id == row["id"])).first()
    if known is None:
        writer.execute(insert(connection).values(**row))
    else:
        writer.execute(update(connection).where(connection.c.id == row["id"]).values(**row))
    writer.execute(
        delete(secret).where(secret.c.connection_id == row["id"], secret.c.field.in_([*gone]))
    )
    keep_secrets(writer, row["id"], secrets, row["changed"])


def keep_secrets(writer: Connection, id_: str, secrets: Iterable[Sealed], now: int) -> None:
    """Write secrets over those of the same fields."""
    for one in secrets:
        where = (secret.c.connection_id == id_, secret.c.field == one.field)
        writer.execute(delete(secret).where(*where))
        values = {"sealed": one.sealed, "tail": one.tail, "expires": one.expires, "changed": now}
        writer.execute(insert(secret).values(connection_id=id_, field=one.field, **values))


def find(database: Database, alias: str, client: str | None = None) -> Any | None:
    """Return the connection of this alias that belongs to this client, None the organisation."""
    return database.one(select(connection).where(*_named(alias, client)))


def every(database: Database) -> list[Any]:
    """Return every connection by alias."""
    return database.rows(select(connection).order_by(connection.c.alias, connection.c.client))


def secrets_of(database: Database, id_: str) -> list[Any]:
    """Return a connection's sealed secrets."""
    return database.rows(
        select(secret).where(secret.c.connection_id == id_).order_by(secret.c.field)
    )


def remove(database: Database, id_: str, done: Deed) -> None:
    """Remove a connection, its secrets and its consents."""
    with database.write() as writer:
        writer.execute(delete(secret).where(secret.c.connection_id == id_))
        writer.execute(delete(consent).where(consent.c.connection_id == id_))
        writer.execute(delete(connection).where(connection.c.id == id_))
        database.audit(writer, done)


def change(database: Database, id_: str, done: Deed | None, **values: Any) -> None:
    """Change facts of a connection; what Nexus found out by itself is nobody's deed."""
    with database.write() as writer:
        writer.execute(update(connection).where(connection.c.id == id_).values(**values))
        if done is not None:
            database.audit(writer, done)


def lease_renewal(database: Database, id_: str, renewals: int, now: int, until: int) -> bool:
    """Take the right to renew the tokens until a moment; False when somebody else has it.

    `renewals` is how often they had been renewed when we looked: nobody renews twice.
    """
    free = (connection.c.renewals == renewals, connection.c.renewing < now)
    statement = update(connection).where(connection.c.id == id_, *free).values(renewing=until)
    with database.write() as writer:
        return writer.execute(statement).rowcount == 1


def end_renewal(
    database: Database,
    id_: str,
    until: int,
    secrets: Iterable[Sealed],
    now: int,
    done: Deed | None = None,
) -> bool:
    """Keep new tokens (none: it failed) and give the right back; False when it was lost.

    `done` is kept beside tokens that somebody consented to.
    """
    tokens = [*secrets]
    mine = (connection.c.id == id_, connection.c.renewing == until)
    values = {"renewing": 0, "renewals": connection.c.renewals + bool(tokens)}
    with database.write() as writer:
        held = writer.execute(update(connection).where(*mine).values(**values)).rowcount == 1
        if held:
            keep_secrets(writer, id_, tokens, now)
        if held and done is not None:
            database.audit(writer, done)
        return held


def add_consent(database: Database, values: Mapping[str, Any]) -> None:
    """Keep that somebody was sent to a provider to consent."""
    with database.write() as writer:
        writer.execute(delete(consent).where(consent.c.expires < values["expires"] - 3_600_000_000))
        writer.execute(insert(consent).values(**values))


def take_consent(database: Database, hash_: str, session_hash: str, now: int) -> Any | None:
    """Use a consent up; None when there is none of this session that still holds."""
    with database.write() as writer:
        row = writer.execute(
            select(consent).where(
                consent.c.hash == hash_,
                consent.c.session_hash == session_hash,
                consent.c.expires >= now,
            )
        ).first()
        writer.execute(delete(consent).where(consent.c.hash == hash_))
        return row


def by_id(database: Database, id_: str) -> Any | None:
    """Return a connection by its own id."""
    return database.one(select(connection).where(connection.c.id == id_))


def waiting(database: Database) -> dict[str, int]:
    """Return how many runs wait for each connection."""
    counted = (
        select(run.c.awaits, func.count().label("number"))
        .where(run.c.state == int(RunState.WAITING), run.c.awaits.is_not(None))
        .group_by(run.c.awaits)
    )
    return {str(row.awaits): int(row.number) for row in database.rows(counted)}


def wake(alias: str, now: int) -> Work:
    """Let the runs that wait for a connection try again now; answers how many there were."""

    def work(execute: Execute) -> int:
        mine = (run.c.state == int(RunState.WAITING), run.c.awaits == alias)
        return len(execute(update(run).where(*mine).values(due=now).returning(run.c.id)))

    return work


def _named(alias: str, client: str | None) -> tuple[Any, Any]:
    mine = connection.c.client.is_(None) if client is None else connection.c.client == client
    return connection.c.alias == alias, mine

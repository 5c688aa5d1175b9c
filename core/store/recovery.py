"""Recovery codes, as SHA-256 only: each lets its person in once, in place of the code app."""

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select

from nexus.core.model.deed import Deed
from nexus.core.store.database import Database
from nexus.core.store.people_tables import recovery


def put(database: Database, person_id: str, hashes: Iterable[str], done: Deed) -> None:
    """Keep new codes; those of before are worth nothing any more."""
    with database.write() as connection:
        connection.execute(delete(recovery).where(recovery.c.person_id == person_id))
        for one in hashes:
            connection.execute(insert(recovery).values(person_id=person_id, hash=one))
        database.audit(connection, done)


def take(database: Database, person_id: str, hash_: str, done: Deed) -> bool:
    """Use a code up; False when there is none like it."""
    which = (recovery.c.person_id == person_id) & (recovery.c.hash == hash_)
    with database.write() as connection:
        if not connection.execute(delete(recovery).where(which)).rowcount:
            return False
        database.audit(connection, done)
    return True


def left(database: Database, person_id: str) -> int:
    """Return how many codes a person has left."""
    count = select(func.count().label("left")).where(recovery.c.person_id == person_id)
    row = database.one(count)
    return int(row.left) if row else 0

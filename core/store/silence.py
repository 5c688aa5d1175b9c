"""When flows were last started and by what, and who is to be told when that ends."""

from typing import Any

from sqlalchemy import or_, select

from nexus.core.store.database import Database
from nexus.core.store.people_tables import person, person_role
from nexus.core.store.tables import event, flow, run, version


def live_flows(database: Database) -> list[Any]:
    """Return every flow that is turned on: id, name, since when it is live, and by whom."""
    columns = (flow.c.id, flow.c.name, version.c.published, version.c.published_by)
    statement = select(*columns).join(version, flow.c.live == version.c.id)
    return database.rows(statement.where(flow.c.enabled).order_by(flow.c.id))


def starts(database: Database, flow_id: str, many: int) -> list[Any]:
    """Return what started a flow's newest runs and when, newest first."""
    newest = (
        select(event.c.source, event.c.received)
        .join(run, run.c.event_id == event.c.id)
        .where(run.c.flow_id == flow_id)
    )
    return database.rows(newest.order_by(run.c.id.desc()).limit(many))


def addresses(database: Database, person_id: str) -> list[str]:
    """Return the mail addresses of somebody and of every owner, those shut out left aside."""
    owners = select(person_role.c.person_id).where(person_role.c.role == "owner")
    wanted = or_(person.c.id == person_id, person.c.id.in_(owners))
    here = person.c.disabled.is_(None) & person.c.email.is_not(None)
    rows = database.rows(select(person.c.email).where(here, wanted).order_by(person.c.email))
    return [row.email for row in rows]

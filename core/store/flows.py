"""Flows, their versions, the addresses they listen at, and their schedules."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from nexus.core.model.deed import Deed
from nexus.core.model.run import RunState
from nexus.core.store.database import Database
from nexus.core.store.tables import event, flow, heard_type, hook, run, schedule, version

STRIP = 24
SAMPLE_BYTES = 20_000
KEPT = ("name", "group_name", "description", "draft", "starts", "steps")


def find_flow(database: Database, flow_id: str) -> Any | None:
    """Return the flow's row, with what its live version tells."""
    return database.one(_flows().where(flow.c.id == flow_id))


def all_flows(database: Database) -> list[Any]:
    """Return every flow, by group and name."""
    return database.rows(_flows().order_by(flow.c.group_name, flow.c.name))


def _flows() -> Select[Any]:
    """Select flows, each with its live version's number and whether that has the draft's words."""
    same = (version.c.source == flow.c.draft).label("same")
    number = version.c.number.label("live_number")
    return select(flow, number, same).outerjoin(version, flow.c.live == version.c.id)


def all_starts(database: Database) -> list[Any]:
    """Return what starts each flow: by its draft, and by its live version (None without one)."""
    live = version.c.starts.label("live_starts")
    both = select(flow.c.id, flow.c.starts, live).outerjoin(version, flow.c.live == version.c.id)
    return database.rows(both.order_by(flow.c.created))


def save_flow(database: Database, values: dict[str, Any], done: Deed) -> None:
    """Write a flow's draft: a new flow, or new words for a known one."""
    known = find_flow(database, values["id"])
    with database.write() as connection:
        if known is None:
            new = {"enabled": False, "live": None, "settings": b"{}"}
            connection.execute(insert(flow).values(**new, **values))
        else:
            kept = {name: values[name] for name in KEPT}
            connection.execute(update(flow).where(flow.c.id == values["id"]).values(kept))
        database.audit(connection, done)


def change_flow(database: Database, flow_id: str, done: Deed, **values: Any) -> None:
    """Change some columns of a flow."""
    with database.write() as connection:
        connection.execute(update(flow).where(flow.c.id == flow_id).values(values))
        database.audit(connection, done)


def add_version(
    database: Database,
    values: dict[str, Any],
    slots: list[tuple[int, int]],
    done: Deed,
    hears: Sequence[str] = (),
) -> int:
    """Publish: add a version, make it live, set its schedules; returns its number.

    `hears` are the event types that it listens for.
    """
    flow_id = values["flow_id"]
    newest = select(func.coalesce(func.max(version.c.number), 0)).where(
        version.c.flow_id == flow_id
    )
    with database.write() as connection:
        number = int(connection.execute(newest).scalar_one()) + 1
        connection.execute(insert(version).values(number=number, **values))
        live = {"live": values["id"], "enabled": True}
        connection.execute(update(flow).where(flow.c.id == flow_id).values(live))
        connection.execute(delete(schedule).where(schedule.c.flow_id == flow_id))
        for place, slot in slots:
            row = {"flow_id": flow_id, "place": place, "next": slot}
            connection.execute(insert(schedule).values(row))
        for type_ in set(hears) - {row.type for row in connection.execute(select(heard_type))}:
            connection.execute(insert(heard_type).values(type=type_))
        database.audit(connection, done.tell(version=number))
    return number


def versions(database: Database, flow_id: str) -> list[Any]:
    """Return a flow's versions, newest first."""
    statement = select(version).where(version.c.flow_id == flow_id)
    return database.rows(statement.order_by(version.c.number.desc()))


def find_version(database: Database, version_id: int) -> Any | None:
    """Return a version by its id."""
    return database.one(select(version).where(version.c.id == version_id))


def published_again(database: Database, version_id: int) -> list[Any]:
    """Return the later versions that have the very same words and settings as this one."""
    first = version.alias()
    same = (
        (version.c.flow_id == first.c.flow_id)
        & (version.c.hash == first.c.hash)
        & (version.c.settings == first.c.settings)
        & (version.c.number > first.c.number)
    )
    again = select(version).join(first, same).where(first.c.id == version_id)
    return database.rows(again.order_by(version.c.number.desc()))


def live_versions(database: Database) -> list[Any]:
    """Return the live version of every flow that is turned on."""
    statement = select(version).join(flow, flow.c.live == version.c.id)
    return database.rows(statement.where(flow.c.enabled).order_by(version.c.flow_id))


def due_schedules(database: Database, now: int) -> list[Any]:
    """Return the schedules of running flows whose next slot has come, with the earliest first."""
    statement = (
        select(schedule, flow.c.live)
        .join(flow, flow.c.id == schedule.c.flow_id)
        .where(schedule.c.next <= now, flow.c.enabled)
    )
    return database.rows(statement.order_by(schedule.c.next))


def next_schedule(database: Database) -> int | None:
    """Return when the next schedule fires."""
    statement = select(func.min(schedule.c.next)).join(flow, flow.c.id == schedule.c.flow_id)
    row = database.one(statement.where(flow.c.enabled))
    return row[0] if row else None


def set_schedule(database: Database, flow_id: str, place: int, slot: int) -> None:
    """Say when a schedule fires next."""
    which = (schedule.c.flow_id == flow_id) & (schedule.c.place == place)
    with database.write() as connection:
        connection.execute(update(schedule).where(which).values(next=slot))


def all_hooks(database: Database) -> list[Any]:
    """Return every address."""
    return database.rows(select(hook).order_by(hook.c.name))


def find_hook(database: Database, name: str) -> Any | None:
    """Return an address by its name."""
    return database.one(select(hook).where(hook.c.name == name))


def add_hook(database: Database, values: dict[str, Any]) -> None:
    """Add an address unless it is there."""
    if find_hook(database, values["name"]) is None:
        with database.write() as connection:
            connection.execute(insert(hook).values(values))


def set_hook_secret(database: Database, name: str, sealed: str, done: Deed) -> None:
    """Keep the secret with which an address's sender signs."""
    with database.write() as connection:
        connection.execute(update(hook).where(hook.c.name == name).values(secret_sealed=sealed))
        database.audit(connection, done)


def latest_event(database: Database, flow_id: str) -> bytes | None:
    """Return the data (JSON) that started the flow's newest run, unless it is large."""
    newest = select(func.max(run.c.id)).where(run.c.flow_id == flow_id).scalar_subquery()
    statement = (
        select(event.c.data)
        .join(run, run.c.event_id == event.c.id)
        .where(run.c.id == newest, func.length(event.c.data) < SAMPLE_BYTES)
    )
    row = database.one(statement)
    return row.data if row else None


def strips(database: Database) -> dict[str, list[tuple[int, int]]]:
    """Return the newest runs of every flow as (id, state), newest first."""
    newest = (
        select(
            run.c.flow_id,
            run.c.id,
            run.c.state,
            func.row_number().over(partition_by=run.c.flow_id, order_by=run.c.id.desc()).label("n"),
        )
    ).subquery()
    found: dict[str, list[tuple[int, int]]] = {}
    statement = select(newest).where(newest.c.n <= STRIP).order_by(newest.c.n)
    for row in database.rows(statement):
        found.setdefault(row.flow_id, []).append((row.id, row.state))
    return found


def open_counts(database: Database) -> dict[str, dict[int, int]]:
    """Return, for each flow, how many runs wait, failed or need a person."""
    states = [int(s) for s in (RunState.WAITING, RunState.FAILED, RunState.NEEDS_PERSON)]
    statement = (
        select(run.c.flow_id, run.c.state, func.count().label("many"))
        .where(run.c.state.in_(states))
        .group_by(run.c.flow_id, run.c.state)
    )
    found: dict[str, dict[int, int]] = {}
    for row in database.rows(statement):
        found.setdefault(row.flow_id, {})[row.state] = row.many
    return found

"""Look for what needs attention: the machine, the data folder, modules, flows, connections."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from nexus.core.clock import SECOND, moment
from nexus.core.flow.uses import connections_of
from nexus.core.model.actor import Actor
from nexus.core.model.view import ConnectionRow
from nexus.core.nexus import Nexus
from nexus.core.store.tables import SCHEMA_VERSION
from nexus.core.store.vault import KEY_FILE
from nexus.core.upkeep.finding import Finding
from nexus.core.upkeep.health import health

LEAST_FREE = 500_000_000
SOON = 14 * 24 * 3600 * SECOND  # credentials that end sooner are renewed before runs fail
OLDEST_PYTHON = (3, 11)


def examine(nexus: Nexus, actor: Actor) -> list[Finding]:
    """Return everything that was looked at in an opened installation."""
    return [
        *examine_machine(nexus.folder),
        Finding(what="schema", says=f"The database has schema {SCHEMA_VERSION}."),
        *_modules(nexus, actor),
        *_flows(nexus, actor),
        *_connections(nexus, actor),
        *health(nexus.engine, nexus.upkeep, actor),
    ]


def examine_machine(folder: Path) -> Iterator[Finding]:
    """Look at what is there without opening the installation."""
    yield _python()
    yield _writable(folder)
    yield _disk(folder)
    yield from _key(folder / KEY_FILE)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < OLDEST_PYTHON
    hint = "Install Python 3.11 or newer." if old else ""
    return Finding(what="python", says=f"Python {version}.", hint=hint, attention=old)


def _writable(folder: Path) -> Finding:
    place = _nearest(folder)
    says = f"{folder} can be written to."
    if place != folder.absolute():
        says = f"{folder} is not there yet; the first start makes it."
    if os.access(place, os.W_OK | os.X_OK):
        return Finding(what="data", says=says)
    says = f"{place} cannot be written to."
    hint = "Give this user the right to write there, or name another folder with --data."
    return Finding(what="data", says=says, hint=hint, attention=True)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest(folder)).free
    low = free < LEAST_FREE
    hint = "Make room, before events can no longer be accepted." if low else ""
    says = f"{free // 1_000_000:,} MB are free on the disk."
    return Finding(what="disk", says=says, hint=hint, attention=low)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    whole = folder.absolute()
    return next(place for place in (whole, *whole.parents) if place.exists())


def _key(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    mode = path.stat().st_mode & 0o777
    weak = bool(mode & 0o077)
    hint = f"Keep it to this user: chmod 600 {path}" if weak else ""
    says = f"Others on this machine can read the master key (mode {mode:03o})."
    says = says if weak else "Only this user can read the master key."
    yield Finding(what="key", says=says, hint=hint, attention=weak)


def _modules(nexus: Nexus, actor: Actor) -> Iterator[Finding]:
    rows = nexus.modules.list(actor)
    active = sum(row.state == "active" for row in rows)
    yield Finding(what="modules", says=f"Modules that are active: {active}.")
    for row in rows:
        if row.problems:
            says = f"The module {row.id} is broken: {row.problems[0]}"
            hint = "Mend or remove it; its flows wait until then."
            yield Finding(what="modules", says=says, hint=hint, attention=True)


def _flows(nexus: Nexus, actor: Actor) -> Iterator[Finding]:
    rows = nexus.flows.list(actor)
    set_up = {row.alias for row in nexus.connections.list(actor)}
    yield Finding(what="flows", says=f"Flows: {len(rows)}.")
    for row in rows:
        view = nexus.flows.show(actor, row.id)
        for problem in view.problems:
            says = f"The flow {row.id} has a problem: {problem}"
            yield Finding(what="flows", says=says, hint=_mend(row.id), attention=True)
        for alias in sorted(connections_of(view.flow.do if view.flow else ()) - set_up):
            says = f"The flow {row.id} names the connection {alias}, which is not set."
            hint = f"Set it: nexus connection set {alias} --module MODULE KEY=VALUE"
            yield Finding(what="connections", says=says, hint=hint, attention=True)


def _mend(flow_id: str) -> str:
    return f"Mend its document: nexus flow export {flow_id}, then nexus flow import FILE"


def _connections(nexus: Nexus, actor: Actor) -> Iterator[Finding]:
    for row in nexus.connections.list(actor):
        says, hint = _ailment(row, nexus.clock.now())
        if says:
            yield Finding(what="connections", says=says, hint=hint, attention=True)


def _ailment(row: ConnectionRow, now: int) -> tuple[str, str]:
    """Return what is wrong with a connection, or soon will be, and what to do."""
    test = f"Mend it, then: nexus connection test {row.name}"
    if not row.enabled:
        return f"The connection {row.name} is turned off.", "Turn it on when its runs may go on."
    if row.health == "broken":
        return f"The connection {row.name} is broken: {row.says}", test
    if row.health == "unconnected":
        return f"The connection {row.name} is not connected yet.", "Open its page, choose Connect."
    if row.expires is not None and row.expires - now < SOON:
        day = moment(row.expires).date().isoformat()
        verb = "ended" if row.expires <= now else "end"
        return f"The credentials of {row.name} {verb} on {day}.", f"Enter new ones before. {test}"
    return "", ""

"""Look at how an installation is doing: its hold, its files, its clock, and work that waits."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nexus.core.clock import SECOND, moment
from nexus.core.model.actor import Actor
from nexus.core.model.run import RunState
from nexus.core.people.policy import allows
from nexus.core.run.engine import Engine
from nexus.core.store import figures
from nexus.core.store.database import Database
from nexus.core.upkeep.finding import Finding

if TYPE_CHECKING:
    from nexus.core.upkeep.upkeep import Upkeep

LARGE_WAL = 256_000_000
LATE = 60 * SECOND
JUMP = 120 * SECOND


def health(engine: Engine, upkeep: "Upkeep", actor: Actor) -> Iterator[Finding]:
    """Return how it is doing; who may not see a part hears nothing of it."""
    database, now = engine.database, engine.clock.now()
    yield _hold(database)
    yield _clock(database, now)
    yield _wal(database)
    if allows(actor, "installation", "read"):
        yield _room(upkeep, actor)
    yield _late(database, now)
    yield from _trouble(database)
    if allows(actor, "flow", "read"):
        yield from _silent(upkeep, actor, now)


def _hold(database: Database) -> Finding:
    hold = database.hold
    if not hold.is_on:
        return Finding(what="hold", says=f"It works, as copy {hold.copy}.")
    hint = "Once no other copy is at work: nexus release"
    return Finding(what="hold", says=f"It is on hold: {hold.reason}", hint=hint, attention=True)


def _clock(database: Database, now: int) -> Finding:
    """Look whether the clock went back behind what was written by it."""
    ahead = figures.latest_moment(database) - now
    if ahead <= JUMP:
        return Finding(what="clock", says=f"It is {moment(now):%Y-%m-%d %H:%M:%S} UTC.")
    says = f"The clock stands {ahead // SECOND:,} s before the newest event: it jumped back."
    hint = "Set the clock (NTP); waits and schedules go by it."
    return Finding(what="clock", says=says, hint=hint, attention=True)


def _wal(database: Database) -> Finding:
    size = figures.wal_size(database)
    large = size > LARGE_WAL
    hint = "Something reads for a long time: end it, or restart Nexus." if large else ""
    says = f"The write-ahead log takes {size / 1_000_000:,.1f} MB."
    return Finding(what="wal", says=says, hint=hint, attention=large)


def _room(upkeep: "Upkeep", actor: Actor) -> Finding:
    row = upkeep.retention.show(actor)
    says = f"The data takes {row.file_bytes / 1_000_000:,.1f} MB; runs are kept {row.days} days."
    over = row.budget is not None and row.bytes > row.budget
    if not over:
        return Finding(what="data size", says=says)
    hint = "nexus retention sweep; else a larger budget: runs that are not over are never removed."
    says = f"{says} That is over the budget of {(row.budget or 0) / 1_000_000:,.0f} MB."
    return Finding(what="data size", says=says, hint=hint, attention=True)


def _late(database: Database, now: int) -> Finding:
    oldest = figures.oldest(database, now)
    since = min((one for one in (oldest.due, oldest.ready) if one is not None), default=now)
    seconds = max(0, now - since) // SECOND
    if now - since <= LATE or database.hold.is_on:
        return Finding(what="waiting", says=f"No run is more than {max(1, seconds)} s late.")
    hint = "Runs are driven by `nexus serve`; the disk or a slow module may hold it up."
    says = f"The run that waits longest should have gone on {seconds:,} s ago."
    return Finding(what="waiting", says=says, hint=hint, attention=True)


def _trouble(database: Database) -> Iterator[Finding]:
    words = {RunState.FAILED: "failed", RunState.NEEDS_PERSON: "waiting for a person"}
    for state, number in figures.live_counts(database).items():
        if state in words and number:
            hint = f"nexus run list --state {state.word}"
            says = f"{number:,} {'run' if number == 1 else 'runs'} {words[state]}."
            yield Finding(what="failed work", says=says, hint=hint, attention=True)


def _silent(upkeep: "Upkeep", actor: Actor, now: int) -> Iterator[Finding]:
    upkeep.silence.look(now)
    for row in upkeep.silence.list(actor):
        day = f"{moment(row.last):%Y-%m-%d %H:%M} UTC"
        says = f"The flow {row.flow_id} has not been started since {day} ({row.source or 'ever'})."
        hint = f"See whether its sender still sends; else: nexus flow expect {row.flow_id} never"
        yield Finding(what="silent", says=says, hint=hint, attention=True)

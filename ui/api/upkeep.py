"""Routes of the installation's upkeep: the hold, backups, what is kept, what is silent."""

import msgspec

from nexus.ui.api.route import route
from nexus.ui.api.shapes import Row
from nexus.ui.api.write import Moment, show
from nexus.ui.door import actor, needs, nexus


class Standing(Row, frozen=True, kw_only=True):
    """Whether the installation stands still, why, and which copy of it this is."""

    installation: str
    copy: str
    held: bool
    reason: str
    taken: Moment | None


class Backup(Row, frozen=True, kw_only=True):
    """A backup that is kept in the data folder; the SHA-256 is told when it is made."""

    name: str
    path: str
    bytes: int
    taken: Moment
    sha256: str


class Backups(Row, frozen=True, kw_only=True):
    """The backups that are kept, newest first."""

    rows: list[Backup]


class Reason(msgspec.Struct, forbid_unknown_fields=True):
    """Why it should stand still; everybody sees it."""

    reason: str


@route("GET", "/hold")
@needs("installation", "read")
def show_hold() -> Standing:
    """Say whether the installation stands still."""
    return show(nexus().upkeep.standing.show(actor()), Standing)


@route("PUT", "/hold")
@needs("installation", "hold")
def hold(body: Reason) -> Standing:
    """Accept nothing and send nothing from now on."""
    return show(nexus().upkeep.standing.hold(actor(), body.reason), Standing)


@route("DELETE", "/hold")
@needs("installation", "release")
def release() -> Standing:
    """Let it go on; no other copy of it may be at work."""
    return show(nexus().upkeep.standing.release(actor()), Standing)


@route("GET", "/backups")
@needs("installation", "read")
def list_backups() -> Backups:
    """List the backups that are kept in the data folder."""
    return show({"rows": nexus().upkeep.backups.list(actor())}, Backups)


@route("POST", "/backups", status=201)
@needs("installation", "backup")
def make_backup() -> Backup:
    """Make a backup in the data folder while everything goes on; the newest three are kept."""
    return show(nexus().upkeep.backups.make(actor()), Backup)


class Sweep(Row, frozen=True, kw_only=True):
    """What a sweep came to, or has come to so far; `stage` is empty when none is under way."""

    stage: str
    runs: int
    events: int
    freed: int
    over_budget: bool


class Retention(Row, frozen=True, kw_only=True):
    """Finished runs are kept for `days`, or as `flows` says; all data takes `budget` at most."""

    days: int
    budget: int | None
    flows: dict[str, int]
    bytes: int
    file_bytes: int
    sweep: Sweep


class Keep(msgspec.Struct, forbid_unknown_fields=True):
    """What to change. 0 days give a flow the installation's number; a budget of 0 lifts it."""

    days: int | None = None
    budget: int | None = None
    flow: str | None = None


class Silent(Row, frozen=True, kw_only=True):
    """A trigger that is silent. `after` is how long it used to pause, in microseconds."""

    flow_id: str
    flow_name: str
    source: str
    last: Moment
    after: int


class SilentRows(Row, frozen=True, kw_only=True):
    """Every trigger that is silent."""

    rows: list[Silent]


class Expect(msgspec.Struct, forbid_unknown_fields=True):
    """How often a flow starts at least: 0 seconds is never, null is learned from its runs."""

    seconds: int | None = None


class Expected(Row, frozen=True, kw_only=True):
    """How often a flow is expected to start."""

    flow_id: str
    seconds: int | None


@route("GET", "/retention")
@needs("installation", "read")
def show_retention() -> Retention:
    """Say what is kept, how much there is, and how far the sweep is."""
    return show(nexus().upkeep.retention.show(actor()), Retention)


@route("PATCH", "/retention")
@needs("installation", "retain")
def set_retention(body: Keep) -> Retention:
    """Change for how long runs are kept, and how large the data may grow."""
    kept = nexus().upkeep.retention
    row = kept.set(actor(), days=body.days, budget=body.budget, flow_id=body.flow)
    return show(row, Retention)


@route("POST", "/retention/sweep", status=202)
@needs("installation", "retain")
def sweep() -> Retention:
    """Begin a sweep now; `GET /retention` tells how far it is."""
    return show(nexus().upkeep.retention.sweep(actor()), Retention)


@route("GET", "/silent")
@needs("flow", "read")
def list_silent() -> SilentRows:
    """List the triggers that used to start flows and have gone silent."""
    return show({"rows": nexus().upkeep.silence.list(actor())}, SilentRows)


@route("PUT", "/flows/{flow_id}/expected")
@needs("flow", "expect")
def expect_flow(flow_id: str, body: Expect) -> Expected:
    """Say how often a flow starts at least."""
    return show(nexus().upkeep.silence.expect(actor(), flow_id, body.seconds), Expected)

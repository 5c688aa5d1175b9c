"""Routes of the installation's upkeep: the hold, backups."""

from typing import Annotated

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

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


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

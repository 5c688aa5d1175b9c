"""Put rows of the audit log into plain sentences, and into files safe for a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import chain
from typing import Any

from nexus.core.clock import rfc3339
from nexus.core.model.audit import AuditRow
from nexus.core.model.problem import Problem, Refused
from nexus.ui.words import SECOND, _

SENTENCES = {
    "account.change": "%(by)s changed their own account: %(what)s",
    "account.secure": "%(by)s changed how they sign in: %(what)s",
    "connection.allow": "%(by)s set the private networks that %(which)s may reach: %(networks)s",
    "connection.connect": "%(by)s consented for the connection %(which)s at its provider",
    "connection.remove": "%(by)s removed the connection %(which)s",
    "connection.set": "%(by)s set the connection %(which)s",
    "connection.test": "%(by)s tried out the connection %(which)s: %(health)s",
    "connection.turn": "%(by)s turned the connection %(which)s %(onoff)s",
    "decision.save": "%(by)s saved the decision table %(name)s",
    "event.send": "%(by)s sent an event to %(hook)s",
    "flow.configure": "%(by)s changed the settings of %(name)s",
    "flow.expect": "%(by)s said how often %(name)s starts: %(what)s",
    "flow.publish": "%(by)s published %(name)s, version %(version)s",
    "flow.save": "%(by)s saved a draft of %(name)s",
    "flow.turn": "%(by)s turned %(name)s %(onoff)s",
    "hook.secret": "%(by)s set the signing secret of the address %(which)s",
    "installation.backup": "%(by)s made the backup %(name)s",
    "installation.hold": "%(by)s put Nexus on hold: %(reason)s",
    "installation.release": "%(by)s let Nexus go on; it was on hold: %(reason)s",
    "installation.retain": "%(by)s changed what is kept: %(what)s",
    "key.rotate": "%(by)s sealed every secret with a new master key",
    "link.make": "A sign-in link for %(by)s was made on the console",
    "person.disable": "%(by)s shut %(name)s out",
    "person.enable": "%(by)s let %(name)s in again",
    "person.invite": "%(by)s invited %(name)s: %(roles)s",
    "person.join": "%(by)s came in by %(how)s",
    "person.refuse": "%(by)s was refused what goes beyond their rights: %(why)s",
    "person.reset": "%(by)s made %(name)s choose a new password",
    "person.roles": "%(by)s changed what %(name)s may do: %(roles)s",
    "person.uninvite": "%(by)s took the invitation of %(which)s back",
    "role.edit": "%(by)s changed the role %(which)s: %(right)s",
    "run.cancel": "%(by)s cancelled a run of %(name)s",
    "run.retry": "%(by)s let a run of %(name)s go on",
    "run.undo": "%(by)s let a run of %(name)s take back what it did",
    "session.begin": "%(by)s signed in",
    "session.end": "%(by)s signed out",
    "session.refuse": "%(by)s was turned away: %(how)s",
    "sso.set": "%(by)s changed the sign-in provider %(which)s: %(what)s",
    "terms.set": (
        "%(by)s set the terms of signing in: out after %(idle)s minutes without use, after "
        "%(longest)s in all; a second factor from %(roles)s"
    ),
    "token.make": "%(by)s made the API token %(name)s",
    "token.revoke": "%(by)s revoked the API token %(name)s",
}
ICONS = {
    "account": ("circle-user", "human"),
    "connection": ("plug", "it"),
    "decision": ("table-2", "logic"),
    "event": ("zap", "trigger"),
    "flow": ("workflow", "logic"),
    "hook": ("webhook", "trigger"),
    "installation": ("hard-drive", "it"),
    "key": ("key-round", "it"),
    "link": ("link", "human"),
    "person": ("users", "human"),
    "role": ("table-properties", "human"),
    "run": ("activity", "data"),
    "session": ("log-in", "human"),
    "sso": ("log-in", "human"),
    "terms": ("timer", "human"),
    "token": ("key-round", "it"),
}
DOORS = {"page": "in the browser", "api": "by the API", "cli": "on the console"}
COLUMNS = ("seq", "time", "who", "what", "action", "object", "via", "ip", "before", "after", "hash")
FORMULA = re.compile(r"\s*[=+\-@\t\r]")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Told(dict[str, Any]):
    """What a sentence may name; what a row lacks is a question mark."""

    def __missing__(self, name: str) -> str:
        return "?"


def sentence(row: AuditRow) -> str:
    """Say in one sentence what was done; an action without a sentence is named."""
    words = SENTENCES.get(row.action, "%(by)s: %(action)s, %(object)s")
    own = {"by": row.by or _("Somebody"), "action": row.action, "object": row.object}
    onoff = _("on") if row.meta.get("on") else _("off")
    told = Told(row.meta, onoff=onoff, which=row.object.partition(":")[2], **own)
    return _(words) % told


def door(row: AuditRow) -> str:
    """Say through which door it came, and from where."""
    words = _(DOORS.get(row.via, row.via))
    return _("%(door)s, from %(ip)s") % {"door": words, "ip": row.ip} if row.ip else words


def look(row: AuditRow) -> tuple[str, str]:
    """Return the icon and the colour family of what was acted on."""
    return ICONS.get(row.action.partition(".")[0], ("history", "it"))


def cells(row: AuditRow) -> tuple[str, ...]:
    """Return a row as the cells of an export."""
    hashes = (row.before_hash, row.after_hash, row.hash)
    about = (row.by or row.actor, sentence(row), row.action, row.object, row.via, row.ip)
    return (str(row.seq), rfc3339(row.at), *about, *hashes)


def lines(rows: Iterable[Iterable[str]], columns: Iterable[str] = COLUMNS) -> Iterator[str]:
    """Yield a CSV file line by line; no cell can act as a formula."""
    for row in chain([columns], rows):
        buffer = io.StringIO()
        csv.writer(buffer).writerow([harmless(cell) for cell in row])
        yield buffer.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that a spreadsheet shows as it is instead of computing it."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def read_time(text: str | None, *, end: bool = False) -> int | None:
    """Read a day (`2026-11-22`, with `end` its last moment) or an RFC 3339 time.

    Raises:
        Refused: It is neither.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(_no_time(text)) from None
    if DATE.fullmatch(text):
        at = datetime.combine(at.date(), time.min, UTC) + timedelta(days=1 if end else 0)
    return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp()) * SECOND


def _no_time(text: str) -> Problem:
    title = _("%r is no day and no time.") % text[:40]
    return Problem(code="bad_time", title=title, expected="2026-11-22 or 2026-11-22T14:00:00Z")

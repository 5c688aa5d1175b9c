"""Notice when what used to start a flow has gone silent, and tell those whom it concerns.

How often a flow starts is learned from its newest runs, for each of its triggers by itself, or
set by a person. Silence is twice the longest pause so far, and an hour at least.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nexus.core.clock import SECOND, Clock, rfc3339
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.people.policy import allow
from nexus.core.store import silence as store
from nexus.core.store.database import Database
from nexus.core.store.settings import read_setting, write_setting

HOUR = 3600 * SECOND
LOOK = 10 * 60 * SECOND
EXPECTED = "expected"  # the setting: seconds for each flow; 0 is never
TOLD = "silent"  # the setting: what was told of, and after which start
NEWEST, ENOUGH = 200, 10
SHORTEST, LONGEST = 60, 366 * 24 * 3600
Send = Callable[[str, str, str], bool]
log = logging.getLogger("nexus.upkeep")


@dataclass(frozen=True, kw_only=True, slots=True)
class SilentRow:
    """A trigger that is silent. `last` is its last start, `after` how long it used to pause."""

    flow_id: str
    flow_name: str
    source: str
    last: int
    after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedRow:
    """How often a flow is expected to start, in seconds: 0 is never, None is learned."""

    flow_id: str
    seconds: int | None


class Silence:
    """Looks at every live flow now and then, beside everything else."""

    def __init__(self, database: Database, clock: Clock, send: Send) -> None:
        self._database = database
        self._clock = clock
        self._send = send
        self._busy = threading.Lock()
        self._next = 0
        self._rows: tuple[SilentRow, ...] = ()

    def list(self, actor: Actor) -> tuple[SilentRow, ...]:
        """Return what is silent, as the last look found it."""
        allow(actor, "flow", "read")
        return self._rows

    def expect(self, actor: Actor, flow_id: str, seconds: int | None) -> ExpectedRow:
        """Say how often a flow starts at least: every so many seconds; 0 never; None: learn it.

        Raises:
            Refused: There is no such flow, or the number is out of bounds.
        """
        allow(actor, "flow", "expect")
        flow = next((one for one in store.live_flows(self._database) if one.id == flow_id), None)
        if flow is None:
            raise missing("live flow", flow_id, "See `nexus flow list`.")
        if seconds and not SHORTEST <= seconds <= LONGEST:
            title = f"{seconds} s is no time to wait for a flow."
            expected = f"{SHORTEST} to {LONGEST:,} seconds, or 0 for never"
            raise Refused(Problem(code="bad_interval", title=title, expected=expected))
        known = self._setting(EXPECTED)
        known.pop(flow_id, None)
        kept = known if seconds is None else known | {flow_id: seconds}
        what = "as it used to" if seconds is None else f"every {seconds} s" if seconds else "never"
        now = self._clock.now()
        done = deed(actor, now, "flow.expect", flow_id, name=flow.name, what=what)
        write_setting(self._database, EXPECTED, kept, done)
        self.look(now)
        return ExpectedRow(flow_id=flow_id, seconds=seconds)

    def tick(self, now: int) -> int:
        """Begin a look when it is due, and say when the next one is."""
        if now >= self._next or self._next > now + LOOK:  # the clock may have gone back
            self._next = now + LOOK
            threading.Thread(target=self._watch, args=(now,), name="silence", daemon=True).start()
        return self._next

    def look(self, now: int) -> tuple[SilentRow, ...]:
        """Look at every live flow and return what is silent."""
        expected = self._setting(EXPECTED)
        found: list[SilentRow] = []
        for flow in store.live_flows(self._database):
            heard = by_source(store.starts(self._database, flow.id, NEWEST))
            found += _silent(flow, heard, expected.get(flow.id), now)
        self._rows = tuple(found)
        return self._rows

    def _watch(self, now: int) -> None:
        if not self._busy.acquire(blocking=False):
            return
        try:
            self._tell(self.look(now))
        except Exception:
            log.exception("the look for silent triggers broke; the next one goes on")
        finally:
            self._busy.release()

    def _tell(self, rows: Iterable[SilentRow]) -> None:
        """Tell of each silence once; a trigger that was heard since is told of anew."""
        told = self._setting(TOLD)
        silent = {f"{row.flow_id} {row.source}": row for row in rows}
        for key, row in silent.items():
            if told.get(key) != row.last:
                self._mail(row)
        kept = {key: row.last for key, row in silent.items()}
        if kept != told:
            write_setting(self._database, TOLD, kept, None)

    def _mail(self, row: SilentRow) -> None:
        flows = {flow.id: flow for flow in store.live_flows(self._database)}
        log.warning("%s has not started the flow %s since %s", row.source, row.flow_id,
                    rfc3339(row.last), extra={"flow": row.flow_id})  # fmt: skip
        if row.flow_id in flows:
            for address in store.addresses(self._database, flows[row.flow_id].published_by):
                self._send(address, f"{row.flow_name} has gone silent", _letter(row))

    def _setting(self, name: str) -> dict[str, Any]:
        return dict(read_setting(self._database, name) or {})


def by_source(rows: Iterable[Any]) -> Mapping[str, list[int]]:
    """Return when each source started a flow, newest first."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row.source].append(row.received)
    return found


def pause(times: list[int]) -> int | None:
    """Return how long a trigger used to pause at most; None when too little is known of it."""
    if len(times) < ENOUGH:
        return None
    return max(later - earlier for later, earlier in pairwise(times))


def _silent(
    flow: Any, heard: Mapping[str, list[int]], seconds: int | None, now: int
) -> list[SilentRow]:
    """Return what of a flow is silent now."""
    about = {"flow_id": flow.id, "flow_name": flow.name}
    if seconds == 0:
        return []
    if seconds is not None:
        last = max([flow.published, *(times[0] for times in heard.values())])
        source = next((name for name, times in heard.items() if times[0] == last), "")
        gone = now - last > seconds * SECOND
        return (
            [SilentRow(**about, source=source, last=last, after=seconds * SECOND)] if gone else []
        )
    found = []
    for source, times in heard.items():
        longest = pause(times)
        if longest is not None and now - times[0] > max(2 * longest, HOUR):
            found.append(SilentRow(**about, source=source, last=times[0], after=longest))
    return found


def _letter(row: SilentRow) -> str:
    days, rest = divmod(row.after // SECOND, 24 * 3600)
    hours, rest = divmod(rest, 3600)
    used = f"{days} d {hours} h" if days else f"{hours} h {rest // 60} min"
    return (
        f"The flow {row.flow_name} has not been started since {rfc3339(row.last)[:16]} UTC.\n"
        f"It used to be started again within {used}.\n\n"
        "Perhaps its sender has lost the address, or a connection has ended.\n"
        f"Look here: {{site}}/flows/{row.flow_id}\n"
    )

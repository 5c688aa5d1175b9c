"""Look after one process's runs: beat, sweep orphans, claim what is due, bring it to memory."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from nexus.core.clock import SECOND, Clock
from nexus.core.flow.plan import Plan
from nexus.core.model.problem import Refused
from nexus.core.model.run import Fault, RunState
from nexus.core.run.aside import absent, broken
from nexus.core.run.change import encode
from nexus.core.run.live import Live
from nexus.core.run.revive import read_effects, read_listeners, revive
from nexus.core.store import claims, history
from nexus.core.store.committer import Committer
from nexus.core.store.database import Database
from nexus.core.store.listeners import load_listeners
from nexus.core.store.ticket import Ticket, Work

HEARTBEAT = 5 * SECOND
LEASE = 20 * SECOND
LOOK_AGAIN = 60 * SECOND
POLL = 1.0
BETWEEN = 0.02
log = logging.getLogger("nexus.run")


class Watch:
    """Claims runs for the worker `me` and hands them to `drive`, until it is stopped."""

    def __init__(
        self,
        database: Database,
        committer: Committer,
        clock: Clock,
        me: int,
        plan_of: Callable[[int], Plan],
    ) -> None:
        self._database = database
        self._committer = committer
        self._clock = clock
        self._me = me
        self._plan_of = plan_of
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._woken = asyncio.Event()
        self._beat = clock.now()
        self._swept = 0
        self._stopping = False
        self.drives = True
        self.rested = threading.Event()  # set by each round that finds nothing due
        self.room: Callable[[], int] = lambda: claims.BATCH
        self.on_round: Callable[[], object] = lambda: None
        self.drive: Callable[[Live], None] = lambda live: None
        self.on_tick: Callable[[int], int | None] = lambda now: None

    def wake(self) -> None:
        """Look for work now; only for the loop's own thread."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping = True
        self._woken.set()

    def close(self) -> None:
        """Let go of the reading thread."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    @property
    def in_doubt(self) -> bool:
        """True on hold, or when somebody else may soon hold our runs: no effect may begin now."""
        return self._database.hold.is_on or self._clock.now() - self._beat > LEASE - HEARTBEAT

    async def live(self) -> None:
        """Go round after round, whatever a round comes upon."""
        while not self._stopping:
            try:
                await self._round()
            except Exception:
                log.exception("the engine's round broke; it goes on")
                await asyncio.sleep(POLL)

    async def _round(self) -> None:
        """Beat, sweep, wake what is due; then sleep until the next of these."""
        now = self._clock.now()
        if not 0 <= now - self._beat < HEARTBEAT:
            await self._heartbeat(now)
            self._database.hold.look()
        self.on_round()
        if self._database.hold.is_on or not self.drives:
            await self._sleep(now, None)
            return
        if not 0 <= now - self._swept < HEARTBEAT:
            await self._sweep(now - LEASE)
            self._swept = now
        due = self._soonest(now)
        if due is None or due > now:
            self.rested.set()
            await self._sleep(now, due)
        else:
            await self._claim_due(now)

    async def _claim_due(self, now: int) -> None:
        """Claim as much as there is room for; wait a little for what others may be claiming."""
        room = self.room()
        if not room:
            await self._sleep(now, None)
            return
        taken = await self._claim(claims.claim_due(self._me, now, room), orphaned=False)
        if not taken:
            await asyncio.sleep(POLL if taken is None else BETWEEN)

    async def _heartbeat(self, now: int) -> None:
        """Say that we live; while that cannot be written, our lease runs out."""
        if await self.work(claims.beat(self._me, now)) is not None:
            self._beat = now

    async def _sweep(self, stale: int) -> None:
        if claims.has_orphans(self._database, self._me, stale):
            await self._claim(claims.claim_orphans(self._me, stale), orphaned=True)

    def _soonest(self, now: int) -> int | None:
        dues = (claims.next_due(self._database), self.on_tick(now))
        return min((due for due in dues if due is not None), default=None)

    async def _sleep(self, now: int, due: int | None) -> None:
        self._woken.clear()
        seconds = POLL if due is None else min(POLL, (due - now) / SECOND)
        if not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), max(seconds, 0.001))

    async def _claim(self, work: Work, *, orphaned: bool) -> int | None:
        """Take a batch and drive it, again while batches come back full; None: out of reach."""
        total = 0
        while not self._stopping:
            taken = await self.work(work)
            if taken is None:
                return None
            await self._take_up(taken, orphaned)
            total += len(taken)
            if len(taken) < claims.BATCH:
                break
        return total

    async def _take_up(self, taken: list[int], orphaned: bool) -> None:
        loop = asyncio.get_running_loop()
        try:
            lives = await loop.run_in_executor(self._reader, self._load, taken, orphaned)
        except Exception as error:
            log.exception("%d runs could not be read", len(taken))
            for run_id in taken:
                self._park(run_id, broken(error), orphaned)
        else:
            for live in lives:
                self.drive(live)

    async def work(self, work: Work) -> list[int] | None:
        """Run work in the committer; None when the database is out of reach."""
        done: asyncio.Future[list[int] | None] = asyncio.get_running_loop().create_future()

        def then(ticket: Ticket) -> None:
            if not done.done():
                done.set_result(None if ticket.error else ticket.result)

        ticket = self._committer.call(work, then)
        return None if ticket.error else await done

    def _load(self, taken: list[int], orphaned: bool) -> list[Live]:
        """Read claimed runs; one that cannot be driven now is parked and stops no other."""
        journals = history.read(self._database, taken)
        effects = read_effects(claims.load_effects(self._database, taken))
        ears = read_listeners(load_listeners(self._database, taken))
        lives = []
        for row in claims.load_runs(self._database, taken):
            live = self._revive(row, journals[row.run_id], orphaned)
            if live is not None:
                live.effects = effects.get(row.run_id, {})
                live.ears, live.heard = ears.get(row.run_id, (None, None))
                live.orphaned = orphaned
                lives.append(live)
        return lives

    def _revive(self, row: Any, journal: Any, orphaned: bool) -> Live | None:
        try:
            return revive(row, self._plan_of(row.run_version_id), journal, self._clock.now())
        except Refused as refused:
            self._park(row.run_id, absent(refused), orphaned)
        except Exception as error:
            log.exception("run %s could not be read", row.run_id)
            self._park(row.run_id, broken(error), orphaned)
        return None

    def _park(self, run_id: int, fault: Fault, doubt: bool) -> None:
        """Leave a run that was just claimed alone for a while."""
        due = self._clock.now() + LOOK_AGAIN
        facts = {"state": int(RunState.WAITING), "due": due, "fault": encode(fault)}
        self._committer.call(claims.set_aside(self._me, run_id, None, doubt, **facts))

"""The engine: admits runs, drives them on one asyncio loop, wakes them, recovers them."""

import asyncio
import os
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from nexus.core.clock import SECOND, Clock
from nexus.core.flow.plan import Plan
from nexus.core.model import ids
from nexus.core.model.effect import EffectState
from nexus.core.model.equipment import Equip
from nexus.core.model.event import Event
from nexus.core.queue.local import LocalQueue
from nexus.core.run.change import new_event, settle, write_down
from nexus.core.run.effect import Performer, conclude
from nexus.core.run.live import Effect, Live, Parked, Sliced, Stop
from nexus.core.run.pulse import Pulse
from nexus.core.run.revive import read_effects, revive
from nexus.core.run.run import ADMISSION, advance
from nexus.core.store import claims, history
from nexus.core.store.committer import Change, Committer, Fenced, Ticket, Unavailable, Work
from nexus.core.store.database import Database

HEARTBEAT = 5 * SECOND
LEASE = 20 * SECOND
POLL = 1.0
AT_ONCE = 512


class Engine:
    """Everything that moves runs. One per process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plan_of: Callable[[int], Plan],
        equip: Equip,
        queue: LocalQueue,
        alone: bool = True,
    ) -> None:
        self.database = database
        self.clock = clock
        self.me = claims.register(database, os.getpid(), clock.now(), alone)
        self.mint = ids.Mint(clock, self.me)
        self.committer = Committer(database)
        self.pulse = Pulse()
        self.on_tick: Callable[[int], int | None] = lambda now: None
        self._plan_of = plan_of
        self._draw = random.Random()  # noqa: S311 - jitter, not a secret
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="action")
        self._performer = Performer(database.installation, clock, equip, self._pool)
        self._loop = _new_loop()
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._beat = clock.now()
        self._stopping = False
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)
        self.committer.deliver = self._deliver
        self.committer.on_commit = self.pulse.touch
        queue.listen(self.wake)

    def start(self) -> None:
        """Begin to drive runs; those that an earlier process left behind come first."""
        self._thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Claim nothing more, let effects under way come home, then end.

        What does not come home within `patience` seconds is recovered at the next start.
        """
        self.pulse.stop()
        self._stopping = True
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._settle(patience), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5)
        else:
            self._loop.close()
        self.committer.call(claims.sign_off(self.me, self.clock.now())).wait()
        self.committer.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Look for work now."""
        self._loop.call_soon_threadsafe(self._wake.set)

    def begin(self, plan: Plan, event: Event) -> tuple[Live, Stop]:
        """Make a run of an event and do its first steps, in memory only.

        Raises:
            Broken: The flow's `key` cannot be computed; nothing was begun.
        """
        live = Live(self.mint(), plan, event, self.clock.now())
        if plan.key is not None:
            key = plan.key(live.context)
            live.key = None if key is None else str(key)[:200]
        return live, advance(live, ADMISSION)

    def admit(self, event: Event, runs: Sequence[tuple[Live, Stop]]) -> None:
        """Accept an event together with its runs; returns when all of it is durable.

        Raises:
            Repeated: The event came before.
            Unavailable: The database could not take it; nothing was kept.
        """
        change = new_event(event)
        for live, stop in runs:
            change += write_down(live, stop, self.me)
        self.committer.submit(change, partial(self._admitted, runs)).wait()

    def _deliver(self, batch: list[Ticket]) -> None:
        """Hand a commit's news to the loop: one call for the whole batch."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_tell, batch)

    def _admitted(self, runs: Sequence[tuple[Live, Stop]], ticket: Ticket) -> None:
        if ticket.error is None:
            for live, stop in runs:
                self._follow(live, stop)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._start_task(self._watch())
        self._loop.run_forever()
        self._loop.close()

    def _follow(self, live: Live, stop: Stop) -> None:
        """Do what a written-down stop asks for."""
        if isinstance(stop, Effect):
            self._start_task(self._effect(live, stop))
        elif isinstance(stop, Sliced):
            live.now = self.clock.now()
            self._write(live, advance(live))
        elif isinstance(stop, Parked):
            self._wake.set()

    def _start_task(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _effect(self, live: Live, effect: Effect) -> None:
        async with self._slots:
            if self.clock.now() - self._beat > LEASE - HEARTBEAT:
                return  # our lease is in doubt: whoever takes the run over sends the effect
            outcome = await self._performer.perform(live, effect)
        live.now = self.clock.now()
        stop, state = conclude(live, effect, outcome, self._draw)
        late = partial(self._late, live, effect)
        self._write(live, stop, [settle(live, effect, state)], late)

    def _write(
        self,
        live: Live,
        stop: Stop,
        more: Change | None = None,
        on_fence: Callable[[], None] = lambda: None,
    ) -> None:
        change = (more or []) + write_down(live, stop, self.me)
        self._submit(change, live, stop, on_fence)

    def _submit(self, change: Change, live: Live, stop: Stop, on_fence: Callable[[], None]) -> None:
        def then(ticket: Ticket) -> None:
            if ticket.error is None:
                self._follow(live, stop)
            elif isinstance(ticket.error, Fenced):
                on_fence()
            elif isinstance(ticket.error, Unavailable) and not self._stopping:
                self._loop.call_later(1.0, self._submit, change, live, stop, on_fence)

        self.committer.submit(change, then)

    def _late(self, live: Live, effect: Effect) -> None:
        """Keep the fact that an effect took place although its run was taken from us."""
        self.committer.submit([settle(live, effect, EffectState.LATE)])

    async def _watch(self) -> None:
        """Beat, sweep, wake what is due; then sleep until the next of these."""
        swept = 0
        while not self._stopping:
            now = self.clock.now()
            if now - self._beat >= HEARTBEAT:
                await self._work(claims.beat(self.me, now))
                self._beat = now
            if now - swept >= HEARTBEAT:
                await self._sweep(now - LEASE)
                swept = now
            due = self._soonest(now)
            if due is not None and due <= now:
                await self._claim(claims.claim_due(self.me, now), orphaned=False)
                continue
            await self._sleep(now, due)

    async def _sweep(self, stale: int) -> None:
        if claims.has_orphans(self.database, self.me, stale):
            await self._claim(claims.claim_orphans(self.me, stale), orphaned=True)

    def _soonest(self, now: int) -> int | None:
        dues = (claims.next_due(self.database), self.on_tick(now))
        return min((due for due in dues if due is not None), default=None)

    async def _sleep(self, now: int, due: int | None) -> None:
        self._wake.clear()
        seconds = POLL if due is None else min(POLL, (due - now) / SECOND)
        try:
            await asyncio.wait_for(self._wake.wait(), max(seconds, 0.001))
        except TimeoutError:
            return

    async def _claim(self, work: Work, *, orphaned: bool) -> None:
        """Take a batch and drive it; again while batches come back full."""
        while taken := await self._work(work):
            lives = await self._loop.run_in_executor(self._pool, self._load, taken, orphaned)
            for live in lives:
                self._write(live, advance(live))
            if len(taken) < claims.BATCH:
                return

    async def _work(self, work: Work) -> list[int]:
        """Run work in the committer; an empty answer when the database is out of reach."""
        done: asyncio.Future[list[int]] = self._loop.create_future()

        def then(ticket: Ticket) -> None:
            if not done.done():
                done.set_result([] if ticket.error else ticket.result)

        self.committer.call(work, then)
        return await done

    def _load(self, taken: list[int], orphaned: bool) -> list[Live]:
        journals = history.read(self.database, taken)
        effects = read_effects(claims.load_effects(self.database, taken))
        lives = []
        for row in claims.load_runs(self.database, taken):
            plan = self._plan_of(row.run_version_id)
            live = revive(row, plan, journals[row.run_id], self.clock.now())
            live.effects = effects.get(row.run_id, {})
            live.orphaned = orphaned
            lives.append(live)
        return lives

    async def _settle(self, patience: float) -> None:
        me = asyncio.current_task()
        self._wake.set()
        others = [task for task in self._tasks if task is not me]
        if others:
            _, left = await asyncio.wait(others, timeout=patience)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


def _tell(batch: list[Ticket]) -> None:
    for ticket in batch:
        assert ticket.then is not None
        ticket.then(ticket)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop

"""The engine: admits runs, drives them on one asyncio loop, wakes them, recovers them."""

import asyncio
import logging
import os
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from nexus.core.clock import Clock
from nexus.core.flow.plan import Plan
from nexus.core.model import ids
from nexus.core.model.deed import Deed
from nexus.core.model.equipment import Equip
from nexus.core.model.event import Event
from nexus.core.model.run import Fault
from nexus.core.queue.local import Queue
from nexus.core.redact import Redactor, joined
from nexus.core.run.aside import broken, given_up
from nexus.core.run.change import new_event, settle, settle_late
from nexus.core.run.effect import Performer, Permit, conclude
from nexus.core.run.ending import overdue
from nexus.core.run.hands import Hands
from nexus.core.run.intent import Intents
from nexus.core.run.live import Effect, Failed, Live, Parked, Sliced, Stop
from nexus.core.run.loop import new_loop
from nexus.core.run.pulse import Pulse
from nexus.core.run.run import ADMISSION, advance, take_key
from nexus.core.run.voice import Voice, Written
from nexus.core.run.watch import Watch
from nexus.core.store import claims, history
from nexus.core.store.committer import Committer
from nexus.core.store.database import Database
from nexus.core.store.families import when
from nexus.core.store.listeners import together
from nexus.core.store.ticket import Change, Fenced, Ticket, Unavailable, tell

PATIENCE = 10.0  # seconds that a sender waits for a database that went away
log = logging.getLogger("nexus.run")


class Engine:
    """Everything that moves runs. One per process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plan_of: Callable[[int], Plan],
        equip: Equip,
        queue: Queue,
        alone: bool = True,
        redactor: Redactor | None = None,
    ) -> None:
        self.redactor = redactor = redactor or Redactor()
        self.database = database
        self.clock = clock
        self.me = claims.register(database, os.getpid(), clock.now(), alone)
        self.mint = ids.Mint(clock, self.me)
        self.committer = Committer(database, redactor)
        self.intents = Intents(redactor)
        self.voice = Voice(self.mint, clock, self.me, self.begin, self.intents.vet)
        self.pulse = Pulse(partial(history.length, database))
        self.watch = Watch(database, self.committer, clock, self.me, plan_of)
        self.watch.drive = self._drive
        self.on_tick: Callable[[int], int | None] = lambda now: None  # asked at every round
        self.watch.on_tick = lambda now: self.on_tick(now)  # noqa: PLW0108 - it is set later on
        self._draw = random.Random()  # noqa: S311 - jitter, not a secret
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="action")
        self._performer = Performer(database, clock, equip, self._pool, redactor)
        self._loop = new_loop()
        self._hands = Hands(self._loop)
        self._hands.on_room = self.watch.wake
        if database.backend.shared:
            self.watch.room = self._hands.room
        self._stopping = False
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)
        self.committer.deliver = self._deliver
        self.committer.on_commit = self.pulse.touch
        self.queue = queue
        queue.listen(self.wake)

    def start(self) -> None:
        """Begin to drive runs; those that an earlier process left behind come first."""
        self._thread.start()

    def drain(self, patience: float) -> None:
        """Take up runs until none is due, or `patience` seconds are over."""
        self.watch.rested.clear()
        self.wake()
        self.watch.rested.wait(patience)

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
        with suppress(Unavailable):
            self.committer.call(claims.sign_off(self.me, self.clock.now())).wait()
        self.committer.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.watch.close()

    def guard(self, permit: Permit) -> None:
        """Ask `permit` before each effect whether the run may bring it about."""
        self._performer.permit = permit

    def wake(self) -> None:
        """Look for work now."""
        self._loop.call_soon_threadsafe(self.watch.wake)

    def begin(
        self, plan: Plan, event: Event, fault: Fault | None = None, as_it_came: bool = False
    ) -> tuple[Live, Stop]:
        """Make a run of an event and do its first steps, in memory only.

        With a `fault`, or when the flow's `key` cannot be computed, it fails before its first step.
        """
        live = Live(self.mint(), plan, event, self.clock.now())
        fault = fault or take_key(live)
        stop = Failed(fault) if fault else advance(live, ADMISSION)
        return live, self._may(live, self.voice.vet(live, stop, as_it_came))

    def admit(
        self,
        event: Event,
        runs: Sequence[tuple[Live, Stop]],
        done: Deed | None = None,
        as_it_came: bool = False,
    ) -> None:
        """Accept an event together with its runs; returns when all of it is durable.

        `done` is kept beside it; `as_it_came` says that nobody looked for secrets in it.

        Raises:
            Repeated: The event came before.
            Telling: It was taken as it came, and there may be a secret in it; nothing was kept.
            Unavailable: The database could not take it; nothing was kept.
        """
        written = self.voice.write(runs)
        works = written.works + self.voice.heard(event)
        if done:
            works.append(partial(self.database.chain.append, deed=done))
        change = new_event(event) + written.change
        then = partial(self._admitted, written.runs, bool(works))
        texts = joined(event.data) if as_it_came else None
        self.committer.submit(change, then, together(works), texts).wait(PATIENCE)

    def _deliver(self, batch: list[Ticket]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the next start takes the runs up
            self._loop.call_soon_threadsafe(tell, batch)

    def _admitted(self, runs: Sequence[tuple[Live, Stop]], woke: bool, ticket: Ticket) -> None:
        if ticket.error is None:
            for live, stop in runs:
                self._follow(live, stop)
            if woke:
                self.watch.wake()

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._hands.begin(self.watch.live())
        self._loop.run_forever()
        self._loop.close()

    def _follow(self, live: Live, stop: Stop) -> None:
        """Do what a written-down stop asks for."""
        if isinstance(stop, Effect):
            self._hands.begin(self._effect(live, stop))
        elif isinstance(stop, Sliced):
            live.now = self.clock.now()
            self._drive(live)
        elif isinstance(stop, Parked):
            self.watch.wake() if self.watch.drives else self.queue.wake()

    def _drive(self, live: Live) -> None:
        self._write(live, overdue(live) or advance(live))

    async def _effect(self, live: Live, effect: Effect) -> None:
        async with self._hands.slots:
            if self.watch.in_doubt:
                self._hand_back(live)
                return
            outcome = await self._performer.perform(live, effect)
        live.now = self.clock.now()
        stop, state = conclude(live, effect, outcome, self._draw)
        late = partial(settle_late, live, effect, state)  # noted although the run was taken from us
        settled = [settle(live, effect, state), *self.intents.owed(live, effect)]
        self._write(live, stop, settled, lambda: self.committer.submit(late()))

    def _may(self, live: Live, stop: Stop) -> Stop:
        """Begin nothing while we stop, or where others drive: whoever claims the run goes on."""
        idle = self._stopping or not self.watch.drives
        return Parked(live.now) if idle and isinstance(stop, Effect | Sliced) else stop

    def _hand_back(self, live: Live) -> None:
        """Let the run be claimed afresh: while our lease is in doubt we may begin no effect."""
        live.now = self.clock.now()
        self._write(live, Parked(live.now))

    def _write(
        self,
        live: Live,
        stop: Stop,
        more: Change | None = None,
        on_fence: Callable[[], object] = lambda: None,
    ) -> None:
        try:
            written = self.voice.write([(live, self._may(live, self.voice.vet(live, stop)))])
            written.change += more or ()
        except Exception as error:  # noqa: BLE001 - what cannot be written fails its own run only
            self._fail(live, error)
        else:
            self._submit(written, live, on_fence)

    def _submit(self, written: Written, live: Live, on_fence: Callable[[], object]) -> None:
        def then(ticket: Ticket) -> None:
            if ticket.error is None:
                self._admitted(written.runs, bool(written.works), ticket)
            elif isinstance(ticket.error, Fenced):
                on_fence()
            elif not isinstance(ticket.error, Unavailable):
                self._fail(live, ticket.error)
            elif not self._stopping:
                self._loop.call_later(1.0, self._submit, written, live, on_fence)

        self.committer.submit(written.change, then, together(written.works))

    def _fail(self, live: Live, error: Exception) -> None:
        """Fail a run that we cannot drive; it stays where it was last written down."""
        log.error("run %s cannot go on", live.id, exc_info=error)
        told = self.voice.ended(live.id, live.event, broken(error))
        self.committer.call(when(given_up(live, error, self.me), *told))

    async def _settle(self, patience: float) -> None:
        """Let everything under way come home and be written down; cancel what stays out."""
        self.watch.stop()
        await self._hands.settle(lambda: self.watch.work(lambda execute: []), patience)

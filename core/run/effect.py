"""Carry out an effect: call the module's action, judge what came back, decide what follows."""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import msgspec

from nexus.core.clock import SECOND, Clock
from nexus.core.model import ids
from nexus.core.model.effect import EffectState, effect_key
from nexus.core.model.equipment import Equip, Equipment
from nexus.core.model.run import Entry, Fault
from nexus.core.redact import Redactor
from nexus.core.run import faults
from nexus.core.run.live import Effect, Live, NeedsPerson, Parked, Stop
from nexus.core.run.patience import within
from nexus.core.run.run import advance, fail
from nexus.core.run.safety import CAREFUL, DEFAULT, delay, is_overtaken
from nexus.core.run.undo import owe
from nexus.core.sdk import BadConnection, Context, Trouble
from nexus.core.sdk import NeedsPerson as PersonNeeded
from nexus.core.sdk import Retry as TryAgain
from nexus.core.store.database import Database

MAX_OUTPUT = 5_000_000
RECHECK = 16 * 60 * SECOND  # a little longer than a refused connection is left alone
decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Outcome:
    """What an attempt came to. `unknown`: it went wrong, and yet it may have taken place.

    `barred`: it was not even tried, because the run has no right to it.
    """

    output: Any = None
    fault: Fault | None = None
    again: bool = False
    after: int | None = None
    unknown: bool = False
    ask: bool = False
    awaits: str | None = None
    barred: bool = False
    log: list[str] | None = None


Permit = Callable[[int, str, str], Fault | None]


class Performer:
    """Calls actions: `async def` on the loop, `def` in a bounded pool of threads.

    `permit` says why a run of a version may not bring an effect about, if so.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        equip: Equip,
        pool: Executor,
        redactor: Redactor,
    ) -> None:
        self._installation = database.installation
        self._taken = database.hold.taken
        self._redactor = redactor
        self._clock = clock
        self._equip = equip
        self._pool = pool
        self.permit: Permit = lambda version_id, effect, step: None

    async def perform(self, live: Live, effect: Effect) -> Outcome:
        """Try an effect once, within its time-out."""
        op = effect.op
        barred = self.permit(live.plan.version_id, op.action.effect, op.step)
        if barred is not None:
            return Outcome(fault=barred, barred=True)
        lines: list[str] = []
        try:
            outcome = await within(op.timeout / SECOND, self._try(live, effect, lines))
        except TimeoutError:
            words = f"{op.action.title} did not answer in {op.timeout / SECOND:g} s."
            outcome = Outcome(fault=Fault("timeout", words, op.step), again=True, unknown=True)
        except Trouble as trouble:
            outcome = _troubled(trouble, op.step, op.connection)
        except BaseException as error:
            if _is_ours(error):
                raise
            outcome = Outcome(fault=faults.bug(error, effect), unknown=True)
        return self._without_secrets(outcome, lines, op.connection is not None)

    async def _try(self, live: Live, effect: Effect, lines: list[str]) -> Outcome:
        op = effect.op
        equipment = self._equip(op.action, op.connection)
        if _is_another(effect, equipment):
            return Outcome(fault=faults.changed(effect), ask=True)
        if self._taken and is_overtaken(live, effect, self._taken, self._clock.now()):
            return Outcome(fault=faults.overtaken(effect), ask=True)
        if equipment.renew is not None:
            equipment = await equipment.renew(False)
        context = self._context(live, effect, equipment, lines)
        try:
            output = await self._call(effect, context)
        except BadConnection as refusal:
            output = await self._once_more(effect, context, equipment, refusal)
        if equipment.ailing:
            await self._report(equipment, "")
        return Outcome(output=_kept(output))

    async def _once_more(
        self, effect: Effect, context: Context, equipment: Equipment, refusal: BadConnection
    ) -> Any:
        """Try again with a new token; nothing was done the first time, so the same key is right."""
        try:
            if equipment.renew is None:
                raise refusal
            context.connection = (await equipment.renew(True)).connection
            return await self._call(effect, context)
        except BadConnection as refused:
            await self._report(equipment, str(refused))
            raise

    async def _report(self, equipment: Equipment, why: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, equipment.report, why)

    def _context(
        self, live: Live, effect: Effect, equipment: Equipment, lines: list[str]
    ) -> Context:
        op = effect.op
        return Context(
            key=effect_key(self._installation, live.id, op.step, effect.turn, effect.rerun),
            run=ids.write("run", live.id),
            step=op.step,
            attempt=effect.attempt,
            connection=equipment.connection,
            http=equipment.http,
            clock=self._clock,
            lines=lines,
        )

    def _without_secrets(self, outcome: Outcome, lines: list[str], spread: bool) -> Outcome:
        """Hide what a provider may have echoed, before the run sees any of it."""
        clean = self._redactor.text
        if outcome.fault is None:
            outcome.output = self._redactor.clean(outcome.output, spread)
        else:
            outcome.fault.message = clean(outcome.fault.message)
            outcome.fault.hint = clean(outcome.fault.hint)
        short = [clean(line[:5000])[:500] for line in lines[:100]]
        outcome.log = self._redactor.clean(short, spread) if short else None
        return outcome

    async def _call(self, effect: Effect, context: Context) -> Any:
        action, arguments = effect.op.action, decode(effect.request)
        if action.is_async:
            return await action.call(context, arguments)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, action.call, context, arguments)


def conclude(
    live: Live, effect: Effect, outcome: Outcome, draw: random.Random
) -> tuple[Stop, EffectState]:
    """Take an attempt's outcome into the run and advance to the next stop."""
    op = effect.op
    live.attempt = effect.attempt
    if outcome.fault is None:
        live.effects.pop((op.step, effect.turn), None)
        _note(live, effect, "done", outcome)
        if not live.undoing:
            live.steps[op.step] = outcome.output
            owe(live, effect)
            live.go(live.pc + 1)
        return advance(live), EffectState.DONE
    _note(live, effect, "error", outcome)
    return _after_fault(live, effect, outcome, draw)


def _after_fault(
    live: Live, effect: Effect, outcome: Outcome, draw: random.Random
) -> tuple[Stop, EffectState]:
    assert outcome.fault is not None
    retry, insist, fault = effect.op.retry or DEFAULT, effect.op.insist, outcome.fault
    if outcome.awaits is not None:
        return Parked(live.now + RECHECK, fault, outcome.awaits), EffectState.HELD
    if outcome.barred:
        return NeedsPerson(fault), EffectState.REFUSED
    if outcome.ask:
        return NeedsPerson(fault), EffectState.UNKNOWN
    doubt = outcome.unknown and effect.op.action.effect in CAREFUL
    again = outcome.again and (not retry.on or fault.code in retry.on)
    wanted = again or (insist is not None and (not insist or fault.code in insist))
    tellable = not doubt or effect.op.action.idempotency == "key"
    if wanted and tellable and effect.attempt <= retry.times:
        due = live.now + delay(retry, effect.attempt, outcome.after, draw)
        return Parked(due), EffectState.INTENT
    if doubt:
        return NeedsPerson(faults.doubt(fault, effect)), EffectState.UNKNOWN
    stop = fail(live, fault) or advance(live)
    return stop, EffectState.UNKNOWN if outcome.unknown else EffectState.REFUSED


def _is_ours(error: BaseException) -> bool:
    """Say whether we ourselves end this call; a module's own exit or cancel is just a fault."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and bool(task and task.cancelling())


def _note(live: Live, effect: Effect, kind: str, outcome: Outcome) -> None:
    value = outcome.fault or outcome.output
    entry = Entry(effect.op.step, kind, live.now, value, effect.turn, effect.attempt)
    entry.log = outcome.log or []
    live.entries.append(entry)


def _is_another(effect: Effect, equipment: Equipment) -> bool:
    """Say whether a careful effect that may have taken place would now go somewhere else."""
    again = effect.attempt > 1 and effect.pin and effect.op.action.effect in CAREFUL
    return bool(again) and effect.pin != equipment.pin


def _troubled(trouble: Trouble, step: str, alias: str | None) -> Outcome:
    fault = Fault(trouble.code, str(trouble), step, trouble.hint)
    if isinstance(trouble, BadConnection):
        return Outcome(fault=fault, awaits=alias)
    if isinstance(trouble, PersonNeeded):
        return Outcome(fault=fault, ask=True)
    unknown = trouble.sent is not False
    if not isinstance(trouble, TryAgain):
        return Outcome(fault=fault, unknown=unknown)
    after = None if trouble.after_seconds is None else int(trouble.after_seconds * SECOND)
    return Outcome(fault=fault, again=True, after=after, unknown=unknown)


def _kept(output: Any) -> Any:
    """Return the output when it can be kept: JSON, and not too large."""
    try:
        raw = encode(output)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the output is not JSON ({error})") from None
    if len(raw) > MAX_OUTPUT:
        raise ValueError(f"the output has {len(raw)} bytes; {MAX_OUTPUT} are kept at most")
    return output

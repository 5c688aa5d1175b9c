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
from nexus.core.model.equipment import Equip
from nexus.core.model.run import Entry, Fault
from nexus.core.run.live import Effect, Live, NeedsPerson, Parked, Stop
from nexus.core.run.patience import within
from nexus.core.run.run import advance, fail
from nexus.core.run.safety import CAREFUL, DEFAULT, delay
from nexus.core.sdk import Context, Trouble
from nexus.core.sdk import NeedsPerson as PersonNeeded
from nexus.core.sdk import Retry as TryAgain

MAX_OUTPUT = 5_000_000
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
    barred: bool = False
    log: list[str] | None = None


Permit = Callable[[int, str, str], Fault | None]


class Performer:
    """Calls actions: `async def` on the loop, `def` in a bounded pool of threads.

    `permit` says why a run of a version may not bring an effect about, if so.
    """

    def __init__(self, installation: str, clock: Clock, equip: Equip, pool: Executor) -> None:
        self._installation = installation
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
        secrets: tuple[str, ...] = ()
        try:
            equipment = self._equip(op.action, op.connection)
            secrets = equipment.secrets
            key = effect_key(self._installation, live.id, op.step, effect.turn, effect.rerun)
            run = ids.write("run", live.id)
            context = Context(
                key=key,
                run=run,
                step=op.step,
                attempt=effect.attempt,
                connection=equipment.connection,
                http=equipment.http,
                clock=self._clock,
                lines=lines,
            )
            output = await within(op.timeout / SECOND, self._call(effect, context))
            outcome = Outcome(output=_kept(output, secrets))
        except TimeoutError:
            words = f"{op.action.title} did not answer in {op.timeout / SECOND:g} s."
            outcome = Outcome(fault=Fault("timeout", words, op.step), again=True, unknown=True)
        except Trouble as trouble:
            outcome = _troubled(trouble, op.step, secrets)
        except BaseException as error:  # a module may raise anything; runs go on
            if _is_ours(error):
                raise
            outcome = Outcome(fault=_bug(error, effect, secrets), unknown=True)
        outcome.log = [redact(line[:500], secrets) for line in lines[:100]]
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
        live.steps[op.step] = outcome.output
        live.go(live.pc + 1)
        return advance(live), EffectState.DONE
    _note(live, effect, "error", outcome)
    return _after_fault(live, effect, outcome, draw)


def _after_fault(
    live: Live, effect: Effect, outcome: Outcome, draw: random.Random
) -> tuple[Stop, EffectState]:
    assert outcome.fault is not None
    retry, fault = effect.op.retry or DEFAULT, outcome.fault
    if outcome.barred:
        return NeedsPerson(fault), EffectState.REFUSED
    if outcome.ask:
        return NeedsPerson(fault), EffectState.UNKNOWN
    doubt = outcome.unknown and effect.op.action.effect in CAREFUL
    wanted = outcome.again and (not retry.on or fault.code in retry.on)
    tellable = not doubt or effect.op.action.idempotency == "key"
    if wanted and tellable and effect.attempt <= retry.times:
        due = live.now + delay(retry, effect.attempt, outcome.after, draw)
        return Parked(due), EffectState.INTENT
    if doubt:
        return NeedsPerson(_doubt(fault, effect)), EffectState.UNKNOWN
    stop = fail(live, fault) or advance(live)
    return stop, EffectState.UNKNOWN if outcome.unknown else EffectState.REFUSED


def _is_ours(error: BaseException) -> bool:
    """Say whether we ourselves end this call; a module's own exit or cancel is just a fault."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and bool(task and task.cancelling())


def _doubt(fault: Fault, effect: Effect) -> Fault:
    hint = "It may have taken place. Look at the provider, then retry or cancel this run."
    return Fault("unknown_outcome", fault.message, effect.op.step, hint)


def _note(live: Live, effect: Effect, kind: str, outcome: Outcome) -> None:
    value = outcome.fault or outcome.output
    entry = Entry(effect.op.step, kind, live.now, value, effect.turn, effect.attempt)
    entry.log = outcome.log or []
    live.entries.append(entry)


def _troubled(trouble: Trouble, step: str, secrets: tuple[str, ...]) -> Outcome:
    fault = Fault(trouble.code, redact(str(trouble), secrets), step, trouble.hint)
    if isinstance(trouble, PersonNeeded):
        return Outcome(fault=fault, ask=True)
    unknown = trouble.sent is not False
    if not isinstance(trouble, TryAgain):
        return Outcome(fault=fault, unknown=unknown)
    after = None if trouble.after_seconds is None else int(trouble.after_seconds * SECOND)
    return Outcome(fault=fault, again=True, after=after, unknown=unknown)


def _bug(error: BaseException, effect: Effect, secrets: tuple[str, ...]) -> Fault:
    words = f"The module {effect.op.action.module} broke: {type(error).__name__}: {error}"
    hint = "This is a fault of the module, not of your flow. Please tell its publisher."
    return Fault("module_error", redact(words, secrets), effect.op.step, hint)


def _kept(output: Any, secrets: tuple[str, ...]) -> Any:
    """Return the output as it may be kept: JSON, not too large, without the secrets it used."""
    try:
        raw = encode(output)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the output is not JSON ({error})") from None
    if len(raw) > MAX_OUTPUT:
        raise ValueError(f"the output has {len(raw)} bytes; {MAX_OUTPUT} are kept at most")
    text = raw.decode() if secrets else ""
    clean = redact(text, secrets)
    return decode(clean) if clean != text else output


def redact(text: str, secrets: tuple[str, ...]) -> str:
    """Replace every secret value by `***`."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text

"""Take an effect up that the ledger knows: send it, send it again, or say why not."""

from nexus.core.flow import plan as ops
from nexus.core.model.effect import EffectState
from nexus.core.model.run import Fault
from nexus.core.run.live import Effect, Held, Live, NeedsPerson, Stop
from nexus.core.run.safety import give_up, may_repeat
from nexus.core.run.trouble import Broken


def take_up(live: Live, op: ops.Call, held: Held) -> Stop:
    """Begin or repeat an effect that the ledger knows, when it may be sent.

    Raises:
        Broken: It was begun often enough.
    """
    if held.state in (EffectState.HELD, EffectState.OWED):
        return Effect(op, live.turn, 1, held.rerun, held.request)
    if _is_doubtful(live, op, held):
        return NeedsPerson(_in_doubt(op), held.attempt)
    if give_up(op.retry, held.attempt):
        raise Broken(_crashed(op, held.attempt))
    pin = held.pin if held.attempt else ""  # a person who retries takes the present connection
    return Effect(op, live.turn, held.attempt + 1, held.rerun, held.request, pin)


def _is_doubtful(live: Live, op: ops.Call, held: Held) -> bool:
    """Say whether the last try may have taken place and cannot be told from a new one."""
    age = live.now - held.at
    if live.orphaned or held.state == EffectState.UNKNOWN:
        return not may_repeat(op.action, age)
    return op.action.idempotency == "key" and not may_repeat(op.action, age)


def _in_doubt(op: ops.Call) -> Fault:
    return Fault(
        "unknown_outcome",
        f"Nexus stopped while {op.action.title} was under way, so it may have taken place.",
        op.step,
        "Look at the provider, then retry this run (the same key is sent) or cancel it.",
    )


def _crashed(op: ops.Call, attempts: int) -> Fault:
    return Fault(
        "gave_up",
        f"{op.action.title} was begun {attempts} times and never came back.",
        op.step,
        f"The module {op.action.module} may stop the whole process; see `nexus doctor`.",
    )

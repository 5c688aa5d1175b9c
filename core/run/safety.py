"""When an effect may be sent again: the rules that keep money from moving twice."""

import random

from nexus.core.clock import SECOND
from nexus.core.model.action import Action
from nexus.core.model.effect import EffectState
from nexus.core.model.flow import Retry
from nexus.core.run.live import Effect, Live

KEY_WINDOW = 24 * 3600 * SECOND  # Stripe keeps idempotency keys for 24 hours at least
DEFAULT = Retry(times=3)
CRASHES = 3
LONGEST = 24 * 3600 * SECOND
CAREFUL = ("money", "destructive")


def may_repeat(action: Action, age: int) -> bool:
    """Say whether an effect of unknown outcome may be sent again with the same key and body.

    `age` is microseconds since the first intent.
    """
    if action.effect not in CAREFUL:
        return action.idempotency != "none" or action.effect in ("read", "notify")
    return action.idempotency == "key" and age < KEY_WINDOW


def is_overtaken(live: Live, effect: Effect, taken: int, now: int) -> bool:
    """Say whether the copy that a backup was taken of may have had this effect since.

    `taken` is when that was. What the provider still knows by its key cannot happen twice.
    """
    action, held = effect.op.action, live.effects.get((effect.op.step, effect.turn))
    is_new = held is None or held.state == EffectState.OWED
    if action.effect not in CAREFUL or not is_new or live.event.received > taken:
        return False
    return action.idempotency != "key" or now - taken >= KEY_WINDOW


def give_up(retry: Retry | None, attempts: int) -> bool:
    """Say whether so many begun attempts are enough, crashes of the process included."""
    return attempts >= (retry or DEFAULT).times + 1 + CRASHES


def delay(retry: Retry, attempt: int, asked: int | None, draw: random.Random) -> int:
    """Return how long to wait (microseconds) before the try after number `attempt`.

    Exponential with full jitter under the cap; never sooner than the provider asked for (a day
    at most).
    """
    ceiling = min(retry.cap, int(retry.delay * retry.factor ** (attempt - 1)))
    return max(draw.randint(ceiling // 2, ceiling), min(asked or 0, LONGEST))

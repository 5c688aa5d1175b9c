"""Stop flows that start each other without end: by how long a chain is, and by how fast it goes."""

from collections import Counter

from nexus.core.clock import SECOND, Clock
from nexus.core.model.run import Fault
from nexus.core.run.trouble import Broken

MAX_HOPS = 10
PER_MINUTE = 1_000
MINUTE = 60 * SECOND


class LoopGuard:
    """Counts what runs tell that were themselves started by other runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = 0
        self._told: Counter[str] = Counter()

    def check(self, flow_id: str, hops: int, step: str) -> None:
        """Let a run of a flow tell something that is `hops` runs away from what began it all.

        Raises:
            Broken: The chain is too long, or the flow is a link of chains too often.
        """
        if hops > MAX_HOPS:
            words = f"Flows started each other {MAX_HOPS} times in a row; this looks like a loop."
            hint = "Look at the event that started this run, and break the circle with an `if`."
            raise Broken(Fault("event_loop", words, step, hint))
        if hops > 1 and self._count(flow_id) > PER_MINUTE:
            words = (
                f"Runs of {flow_id} that other runs had started told more than {PER_MINUTE:,} "
                "things within a minute; this looks like a loop."
            )
            hint = "Break the circle with an `if`, or wait a minute and try again."
            raise Broken(Fault("event_flood", words, step, hint))

    def _count(self, flow_id: str) -> int:
        minute = self._clock.now() // MINUTE
        if minute != self._minute:
            self._minute = minute
            self._told.clear()
        self._told[flow_id] += 1
        return self._told[flow_id]

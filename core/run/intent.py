"""Vet an effect before its intent is written: no secret in its input, its connection pinned.

The intent holds the connection's name and version, a handle; the values are opened at sending.
"""

from collections.abc import Callable

from nexus.core.model.run import Fault
from nexus.core.redact import Redactor
from nexus.core.run.live import Effect, Failed, Live, Stop
from nexus.core.run.run import advance, fail
from nexus.core.run.undo import begin_undo, forsake, owed_row, wants_undo
from nexus.core.store.ticket import Change


class Intents:
    """Vets what a run wants to do. `pin_of` names the version of a connection in use now."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.pin_of: Callable[[str], str] = lambda alias: ""

    def vet(self, live: Live, stop: Stop, as_it_came: bool = False) -> Stop:
        """Return the stop as it may be written down.

        What came of an event that was taken as it came is looked at when it is committed.
        """
        while True:
            if isinstance(stop, Failed) and wants_undo(live, stop.fault):
                stop = begin_undo(live, stop.fault)
            if not isinstance(stop, Effect):
                return stop
            if as_it_came or not self._redactor.carries(stop.request):
                return self._pinned(stop)
            stop = fail(live, _leaks(stop)) or advance(live)

    def owed(self, live: Live, effect: Effect) -> Change:
        """Return the write that keeps what takes a finished effect back, if its step says how."""
        if not effect.undo:
            return []
        if self._redactor.carries(effect.undo):
            forsake(live, effect, _leaks(effect))
            return []
        return [owed_row(live, effect)]

    def _pinned(self, effect: Effect) -> Effect:
        alias = effect.op.connection
        if alias and not effect.pin:
            effect.pin = self.pin_of(alias)
        return effect


def _leaks(effect: Effect) -> Fault:
    title = effect.op.action.title
    return Fault(
        "secret_in_input",
        f"The input of {title} holds a secret of a connection, so it was not sent.",
        effect.op.step,
        "Take the secret out of the flow and choose the connection in this step instead.",
    )

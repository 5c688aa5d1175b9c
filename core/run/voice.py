"""What runs tell each other: events, starts of other flows, and their own end.

All of it is written in the transaction that takes the run on, so that nothing is told twice and
nothing is told of a step that never was. `starts` finds the flows that an event starts.
"""

from collections.abc import Callable, Sequence
from typing import Any

from nexus.core.clock import Clock
from nexus.core.flow.plan import Emit, Plan, Run
from nexus.core.flow.signals import fill_input
from nexus.core.model import ids
from nexus.core.model.event import CALLED, ENDED, FAILED, STARTED, Event, topic
from nexus.core.model.run import Fault
from nexus.core.run.change import new_event, write_down
from nexus.core.run.ending import ended_data, failed_data, finish
from nexus.core.run.hear import FOR_EVER, begin_to_listen, ended_topic
from nexus.core.run.live import Failed, Finished, Live, Parked, Says, Sliced, Stop, Undone
from nexus.core.run.loops import LoopGuard
from nexus.core.run.run import advance, fail
from nexus.core.run.trouble import Broken
from nexus.core.store.families import accept, cancel_below
from nexus.core.store.listeners import hark, hear
from nexus.core.store.ticket import Change, Work

CALLS = (CALLED, STARTED)
AT_ONCE = 100  # events told in one write
BY_PERSON = Fault("undone", "A person had it take back what it did.")
Begun = tuple[Live, Stop]
Begin = Callable[[Plan, Event, Fault | None], Begun]
Vet = Callable[[Live, Stop, bool], Stop]
Starts = Callable[[Event], Sequence[tuple[Plan, Fault | None]]]


class Written:
    """What is to become durable together: changes, work to do with them, runs to follow then."""

    __slots__ = ("change", "runs", "works")

    def __init__(self, runs: Sequence[Begun]) -> None:
        self.change: Change = []
        self.runs: list[Begun] = list(runs)
        self.works: list[Work] = []


class Voice:
    """Turns what runs say into events and runs of other flows."""

    def __init__(
        self, mint: ids.Mint, clock: Clock, me: int, begin: Begin, vet_effect: Vet
    ) -> None:
        self._mint = mint
        self._clock = clock
        self._me = me
        self._begin = begin
        self._vet_effect = vet_effect
        self._guard = LoopGuard(clock)
        self.types: Callable[[], frozenset[str]] = frozenset
        self.starts: Starts = lambda event: ()
        self.plan_of: Callable[[str], Plan | None] = lambda flow_id: None

    def vet(self, live: Live, stop: Stop, as_it_came: bool = False) -> Stop:
        """Return the stop as it may be written down, after all that the run has to say."""
        stop = self._vet_effect(live, stop, as_it_came)
        while isinstance(stop, Says):
            stop = self._vet_effect(live, self.say(live, stop), as_it_came)
        end = finish(live, stop)
        return stop if end is stop else self._vet_effect(live, end, as_it_came)

    def say(self, live: Live, says: Says) -> Stop:
        """Take into the run what it says, and go on to the next stop."""
        try:
            event, begun = self._made(live, says)
        except Broken as broken:
            return fail(live, broken.fault) or advance(live)
        live.said = [] if live.said is None else live.said
        live.said.append((event, begun))
        op = says.op
        if isinstance(op, Emit):
            given = {"type": op.type, "subject": says.subject, "data": says.data}
            live.finish(op.step, {"event": ids.write("evt", event.id)}, given)
        elif op.detached:
            started = ids.write("run", begun[0][0].id)
            told = {"run": started, "flow": op.flow, "with": says.data}
            live.finish(op.step, {"run": started}, told)
        else:
            return _await(live, op, begun[0][0], says.data)
        return advance(live) if len(live.said) < AT_ONCE else Sliced()

    def _made(self, live: Live, says: Says) -> tuple[Event, Sequence[Begun]]:
        op, hops = says.op, live.event.hops + 1
        self._guard.check(live.plan.flow.id, hops, op.step)
        if isinstance(op, Emit):
            event = self._event(live.id, op.type, says.subject, says.data, hops)
            return event, self._begin_all(event)
        plan = self.plan_of(op.flow)
        if plan is None:
            words = f"There is no flow {op.flow} that is published and turned on."
            raise Broken(Fault("no_such_flow", words, op.step, "Publish it, then try again."))
        type_ = STARTED if op.detached else CALLED
        event = self._event(live.id, type_, op.flow, _input(plan, says), hops)
        return event, [self._begin(plan, event, None)]

    def _event(self, run_id: int, type_: str, subject: str, data: Any, hops: int) -> Event:
        now, number = self._clock.now(), self._mint()
        return Event(
            id=number,
            source=f"run:{ids.write('run', run_id)}",
            type=type_,
            subject=subject,
            time=now,
            received=now,
            data=data,
            dedupe=f"call:{number}" if type_ == CALLED else None,
            hops=hops,
        )

    def _begin_all(self, event: Event) -> list[Begun]:
        return [self._begin(plan, event, fault) for plan, fault in self.starts(event)]

    def write(self, runs: Sequence[Begun]) -> Written:
        """Return all that must be durable before these runs, and those they start, may go on."""
        written = Written(runs)
        for live, stop in written.runs:  # it grows while we walk it
            listened = bool(live.ears)
            written.change += write_down(live, stop, self._me)
            if live.said:
                self._tell(live, written)
            if live.ears and isinstance(stop, Parked):
                written.works.append(hark(live.id))
            elif isinstance(stop, Failed | Undone) or (
                stop.__class__ is Finished and _is_called(live)
            ):
                self._end(live, stop, written)
            if listened and not live.ears:
                written.works.append(cancel_below(live.id, live.now))
        return written

    def _tell(self, live: Live, written: Written) -> None:
        for event, begun in live.said or ():
            written.change += new_event(event)
            written.works += self.heard(event)
            written.runs += begun
        if live.said:
            live.said.clear()  # a run's lanes may share it

    def heard(self, event: Event) -> list[Work]:
        """Return the work that wakes those who listen for an event; mostly there is none."""
        if event.type not in self.types():
            return []
        return [hear(topic(event.type, event.subject), event.id, keep=True)]

    def _end(self, live: Live, stop: Stop, written: Written) -> None:
        """Tell whoever started a run that it is over; start what looks after failures."""
        fault = stop.fault if isinstance(stop, Failed | Undone) else None
        if _is_called(live):
            undone = BY_PERSON if isinstance(stop, Undone) else None
            self._tell_end(live, fault or undone, written)
        if fault is None:
            return
        if live.event.type != FAILED:
            self._tell_failure(live, fault, written)

    def _tell_end(self, live: Live, fault: Fault | None, written: Written) -> None:
        written.works += self.ended(live.id, live.event, fault, live.output)

    def _tell_failure(self, live: Live, fault: Fault, written: Written) -> None:
        flow = live.plan.flow
        event = self._event(live.id, FAILED, flow.id, failed_data(live, fault), live.event.hops + 1)
        own = self.plan_of(flow.on_error) if flow.on_error else None
        begun = [self._begin(own, event, None)] if own else self._begin_all(event)
        heard = self.heard(event)
        if begun or heard:
            written.change += new_event(event)
            written.works += heard
            written.runs += begun

    def ended(
        self, run_id: int, began: Event, fault: Fault | None, output: Any = None
    ) -> list[Work]:
        """Return the work that tells whoever called a run that it is over; mostly there is none."""
        if began.type not in CALLS:
            return []
        data = ended_data(run_id, fault, output)
        event = self._event(run_id, ENDED, ids.write("run", run_id), data, began.hops)
        wake = hear(ended_topic(run_id), event.id, ENDED in self.types())
        return [accept(new_event(event)[0][1]), wake]


def _is_called(live: Live) -> bool:
    return live.event.type in CALLS


def _input(plan: Plan, says: Says) -> dict[str, Any]:
    try:
        return fill_input(plan.flow, says.data)
    except ValueError as error:
        words = f"The flow {plan.flow.id} does not take this: {error}."
        raise Broken(Fault("wrong_input", words, says.op.step)) from None


def _await(live: Live, op: Run, child: Live, given: Any) -> Stop:
    """Let a run wait for the end of another."""
    begin_to_listen(live, (op.step, live.turn), ended_topic(child.id), 0)
    live.since = live.now
    told = {"run": ids.write("run", child.id), "flow": op.flow, "with": given}
    live.note(op.step, "wait", live.now + FOR_EVER, told)
    return Parked(live.now + FOR_EVER)

"""When the outcome of an effect cannot be known, Nexus stops and asks; nothing moves twice."""

import asyncio

import pytest

from nexus.core.clock import FixedClock
from nexus.core.flow import plan as ops
from nexus.core.model.effect import EffectState
from nexus.core.model.flow import Flow, Retry
from nexus.core.model.run import Entry, RunState
from nexus.core.sdk import Refuse
from nexus.core.sdk import Retry as TryAgain
from nexus.core.store import runs as store

DONE, FAILED, WAITING = RunState.DONE, RunState.FAILED, RunState.WAITING
NEEDS_PERSON, CANCELLED = RunState.NEEDS_PERSON, RunState.CANCELLED
HOUR = 3600


def plan_of(*instructions):
    flow = Flow(id="test", name="Test", triggers=(), do=())
    return ops.Plan(flow=flow, version=1, ops=instructions, settings={}, version_id=1)


def charge(sink, effect="money", idempotency="key", times=0, delay=1000, **facts):
    action = sink.action(effect=effect, idempotency=idempotency)
    return ops.Call(
        step="charge", action=action, arguments=lambda c: {"cents": 500},
        retry=Retry(times=times, delay=delay), **facts,
    )  # fmt: skip


def lost(_):
    raise TryAgain("no answer came", code="timeout")


def retry_by_hand(engine, run, position=b"[0]"):
    entry = Entry("charge", "person", engine.clock.now(), {"did": "retry"})
    assert engine.committer.call(store.again(run, position, entry)).wait()
    engine.wake()


def ledger(bench, run):
    query = "select state, attempt from effect where run_id = ?"
    ((state, attempt),) = bench.store.ask(query, run)
    return EffectState(state), attempt


def test_money_that_never_answers_asks_a_person_when_its_tries_are_used_up(bench, sink):
    sink.answer = lost
    run = bench.start(bench.open(), plan_of(charge(sink, times=2)))
    bench.until(run, NEEDS_PERSON)
    assert len(sink.calls) == 3
    assert ledger(bench, run) == (EffectState.UNKNOWN, 3)


def test_a_person_who_retries_money_in_doubt_sends_the_same_key_and_body(bench, sink):
    engine = bench.open()
    sink.answer = lost
    run = bench.start(engine, plan_of(charge(sink)))
    bench.until(run, NEEDS_PERSON)
    sink.answer = lambda s: "charged"
    retry_by_hand(engine, run)
    bench.until(run, DONE)
    assert sink.calls[0] == sink.calls[1]


def test_a_try_does_not_swallow_money_in_doubt(bench, sink):
    sink.answer = lost
    made = plan_of(
        ops.Try(step="guard", catch=3, end=4, name="error"),
        charge(sink),
        ops.EndTry(step="guard", end=4),
        ops.Set(step="free", value=lambda c: "shipped without paying"),
    )
    bench.until(bench.start(bench.open(), made), NEEDS_PERSON)


@pytest.mark.parametrize("error", [KeyError("id"), SystemExit(3), asyncio.CancelledError()])
def test_a_module_that_breaks_in_a_money_step_leaves_it_in_doubt(bench, sink, error):
    def breaks(_):
        raise error

    sink.answer = breaks
    run = bench.start(bench.open(), plan_of(charge(sink, times=3)))
    bench.until(run, NEEDS_PERSON)
    assert len(sink.calls) == 1


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError()])
def test_a_module_that_tries_to_leave_fails_its_run_only(bench, sink, error):
    def leaves(_):
        raise error

    engine = bench.open()
    sink.answer = leaves
    bench.until(bench.start(engine, plan_of(charge(sink, effect="write"))), FAILED)
    sink.answer = lambda s: 1
    bench.until(bench.start(engine, plan_of(charge(sink, effect="write"))), DONE)


@pytest.mark.parametrize(
    ("effect", "sent", "state", "ends"),
    [
        ("money", {}, EffectState.REFUSED, FAILED),
        ("money", {"sent": None}, EffectState.UNKNOWN, NEEDS_PERSON),
        ("destructive", {"sent": True}, EffectState.UNKNOWN, NEEDS_PERSON),
        ("write", {"sent": None}, EffectState.UNKNOWN, FAILED),
    ],
)
def test_a_refusal_is_clear_unless_it_leaves_the_outcome_open(
    bench, sink, effect, sent, state, ends
):
    def refuse(_):
        raise Refuse("no", **sent)

    sink.answer = refuse
    run = bench.start(bench.open(), plan_of(charge(sink, effect=effect, times=3)))
    assert bench.until(run, FAILED, NEEDS_PERSON) == ends
    assert ledger(bench, run) == (state, 1)


def test_a_write_that_never_answered_keeps_its_key_when_a_person_retries(bench, sink):
    engine = bench.open()
    sink.answer = lost
    run = bench.start(engine, plan_of(charge(sink, effect="write")))
    bench.until(run, FAILED)
    sink.answer = lambda s: "ok"
    retry_by_hand(engine, run)
    bench.until(run, DONE)
    assert sink.calls[0] == sink.calls[1]


def test_a_refused_effect_gets_a_new_key_when_a_person_retries(bench, sink):
    def refuse(_):
        raise Refuse("card expired")

    engine = bench.open()
    sink.answer = refuse
    run = bench.start(engine, plan_of(charge(sink)))
    bench.until(run, FAILED)
    sink.answer = lambda s: "ok"
    retry_by_hand(engine, run)
    bench.until(run, DONE)
    assert sink.calls[0][0] != sink.calls[1][0]


def test_money_is_not_sent_again_after_the_provider_may_have_forgotten_its_key(bench, sink):
    clock = FixedClock()
    engine = bench.open(clock)
    sink.answer = lost
    run = bench.start(engine, plan_of(charge(sink, times=5)))
    bench.until(run, WAITING)
    clock.advance(25 * HOUR)
    engine.wake()
    bench.until(run, NEEDS_PERSON)
    assert len(sink.calls) == 1
    assert ledger(bench, run)[0] is EffectState.UNKNOWN


def test_a_run_whose_effect_was_begun_too_often_can_be_retried(bench, sink):
    engine = bench.open()
    sink.answer = lost
    run = bench.start(engine, plan_of(charge(sink, effect="write", times=9, delay=3_600_000_000)))
    bench.until(run, WAITING)
    bench.store.ask("update effect set attempt = 99")
    bench.store.ask("update run set due = 1 where id = ?", run)
    engine.wake()
    bench.until(run, FAILED)
    assert b"gave_up" in bench.row(run)["fault"]
    sink.answer = lambda s: "ok"
    retry_by_hand(engine, run)
    bench.until(run, DONE)


class Gate:
    """Holds an effect under way until it is let go."""

    def __init__(self, sink, answer):
        self._sink, self._answer = sink, answer
        self.entered, self.open = asyncio.Event(), False
        sink.call = self.call

    async def call(self, context, arguments):
        self._sink.calls.append((context.key, arguments))
        while not self.open:
            await asyncio.sleep(0.005)
        return self._answer()


def cancel(engine, run):
    entry = Entry("charge", "person", engine.clock.now(), {"did": "cancel"})
    assert engine.committer.call(store.cancel(run, engine.clock.now(), entry)).wait()


def refuse():
    raise Refuse("card expired")


@pytest.mark.parametrize(
    ("answer", "state"), [(lambda: "ok", EffectState.LATE), (refuse, EffectState.REFUSED)]
)
def test_an_effect_that_comes_home_after_a_cancel_is_noted_as_it_ended(bench, sink, answer, state):
    engine = bench.open()
    gate = Gate(sink, answer)
    run = bench.start(engine, plan_of(charge(sink), ops.Set(step="after", value=lambda c: 1)))
    _eventually(lambda: sink.calls)
    cancel(engine, run)
    gate.open = True
    _eventually(lambda: ledger(bench, run)[0] is state)
    assert bench.state(run) is CANCELLED
    assert "after" not in [entry[0] for entry in bench.journal(run)]


def _eventually(fact, seconds=5):
    import time

    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.005)

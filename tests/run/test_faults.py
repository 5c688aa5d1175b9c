"""Faults around the engine: modules that vanish, hang or misbehave, clocks that jump, stops."""

import asyncio
import dataclasses
import sqlite3
import threading
import time

import pytest
from stores import ONLY_POSTGRES, ONLY_SQLITE

from nexus.core.clock import FixedClock
from nexus.core.flow import plan as ops
from nexus.core.model.action import Trigger
from nexus.core.model.effect import EffectState
from nexus.core.model.event import Event
from nexus.core.model.flow import Flow, Retry
from nexus.core.model.problem import Problem, Refused
from nexus.core.model.run import RunState
from nexus.core.store.statements import NEW_EVENT
from nexus.core.store.ticket import Unavailable, Unfit
from nexus.core.trigger.match import Listener, match

DONE, FAILED, WAITING = RunState.DONE, RunState.FAILED, RunState.WAITING
NEEDS_PERSON, RUNNING = RunState.NEEDS_PERSON, RunState.RUNNING


def value(of):
    return lambda context: of


def plan_of(*instructions, version_id=1, **facts):
    flow = Flow(id="test", name="Test", triggers=(), do=())
    return ops.Plan(
        flow=flow, version=1, ops=instructions, settings={}, version_id=version_id, **facts
    )


def call(sink, step="send", effect="write", idempotency="key", **facts):
    action = sink.action(effect=effect, idempotency=idempotency)
    return ops.Call(step=step, action=action, arguments=value({"n": 1}), **facts)


def eventually(fact, seconds=10):
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.005)


class Shelf(dict):
    """Plans by version; a version whose module is gone is refused, as the flow room does."""

    def __init__(self):
        super().__init__()
        self.gone = set()

    def __getitem__(self, version_id):
        if version_id in self.gone:
            raise Refused(Problem(code="unknown_module", title="The module `x` is not active."))
        return super().__getitem__(version_id)


def test_a_run_whose_module_is_gone_waits_for_it_and_others_go_on(bench, sink):
    clock = FixedClock()
    shelf = bench.plans = Shelf()
    engine = bench.open(clock)
    pause = ops.Wait(step="pause", duration=value("10s"))
    orphan = bench.start(engine, plan_of(pause, call(sink), version_id=1))
    other = bench.start(engine, plan_of(pause, version_id=2))
    shelf.gone.add(1)
    clock.advance(11)
    engine.wake()
    bench.until(other, DONE)
    bench.until(orphan, WAITING)
    eventually(lambda: b"module_missing" in (bench.row(orphan)["fault"] or b""))
    shelf.gone.clear()
    clock.advance(61)
    engine.wake()
    bench.until(orphan, DONE)
    assert bench.row(orphan)["fault"] is None
    assert len(sink.calls) == 1


def test_money_in_doubt_stays_in_doubt_while_its_module_is_gone(bench, sink):
    clock = FixedClock()
    shelf = bench.plans = Shelf()
    started = threading.Event()

    async def hang(context, arguments):
        sink.calls.append(context.key)
        started.set()
        await asyncio.sleep(60)

    sink.call = hang
    engine = bench.open(clock)
    run = bench.start(engine, plan_of(call(sink, effect="money", idempotency="none")))
    assert started.wait(5)
    engine.stop(patience=0)
    engine.database.close()
    bench.open_engines.clear()
    shelf.gone.add(1)
    engine = bench.open(clock)
    bench.until(run, WAITING)
    shelf.gone.clear()
    clock.advance(61)
    engine.wake()
    bench.until(run, NEEDS_PERSON)
    assert len(sink.calls) == 1


def test_a_pure_action_that_gives_no_json_fails_its_run_only(bench, sink):
    action = sink.action(effect="pure")
    object.__setattr__(action, "call", lambda context, given: {object()})
    bad = ops.Call(step="bad", action=action, arguments=value({}))
    engine = bench.open()
    assert bench.state(bench.start(engine, plan_of(bad))) is FAILED
    assert bench.state(bench.start(engine, plan_of(ops.Set(step="a", value=value(1))))) is DONE


def test_an_effects_output_is_plain_json_before_and_after_a_restart(bench, sink):
    sink.answer = lambda s: {"when": (1, 2)}
    made = plan_of(call(sink), ops.Set(step="copy", value=lambda c: c["steps"]["send"]["when"]))
    run = bench.start(bench.open(), made)
    bench.until(run, DONE)
    assert bench.journal(run)[-1][3] == [1, 2]


@pytest.mark.parametrize("moment", [1e300, -5, 10**30, float("nan")])
def test_a_moment_beyond_all_calendars_fails_its_run_only(bench, moment):
    engine = bench.open()
    run = bench.start(engine, plan_of(ops.Wait(step="pause", until=value(moment))))
    assert bench.state(run) is FAILED
    assert b"not_a_time" in bench.row(run)["fault"]


def test_a_condition_that_breaks_in_an_unforeseen_way_fails_its_run_only(bench):
    def breaks(context):
        raise RecursionError("too deep")

    engine = bench.open()
    run = bench.start(engine, plan_of(ops.Set(step="a", value=value(1), condition=breaks, skip=1)))
    assert bench.state(run) is FAILED


def test_a_key_that_cannot_be_computed_fails_the_run_and_keeps_the_event(bench):
    def breaks(context):
        raise ValueError("no such thing")

    run = bench.start(bench.open(), plan_of(ops.Set(step="a", value=value(1)), key=breaks))
    assert bench.state(run) is FAILED
    assert b"`key`" in bench.row(run)["fault"]
    assert bench.journal(run) == []


def test_a_change_that_the_database_can_never_hold_stops_only_itself(bench):
    engine = bench.open()
    bad = engine.committer.submit([(NEW_EVENT, (1 << 70, "s", "t", "", 1, 1, None, b"{}", 0))])
    fine = engine.committer.submit([(NEW_EVENT, (7, "s", "t", "", 1, 1, None, b"{}", 0))])
    with pytest.raises(Unfit):
        bad.wait()
    fine.wait()


def test_a_schedule_that_breaks_does_not_stop_the_engine(bench):
    engine = bench.open()
    asked = []

    def breaks(now):
        asked.append(now)
        if len(asked) == 1:
            raise RuntimeError("a broken schedule")

    engine.on_tick = breaks
    run = bench.start(engine, plan_of(ops.Wait(step="pause", duration=value("1s"))))
    bench.until(run, DONE)


def test_actions_that_hang_in_every_thread_do_not_stop_timers(bench, sink):
    leave = threading.Event()
    action = sink.action(timeout=60_000_000)
    object.__setattr__(action, "call", lambda context, given: leave.wait(20))
    object.__setattr__(action, "is_async", False)
    hang = ops.Call(step="hang", action=action, arguments=value({}))
    engine = bench.open()
    for version in range(20):
        bench.start(engine, plan_of(hang, version_id=version + 10))
    run = bench.start(engine, plan_of(ops.Wait(step="pause", duration=value("1s"))))
    try:
        bench.until(run, DONE, seconds=4)
    finally:
        leave.set()


def test_a_process_that_slept_past_its_lease_hands_its_effect_back_and_sends_it_once(bench, sink):
    clock = FixedClock()
    engine = bench.open(clock)
    engine.watch._beat = clock.now() - 16_000_000
    run = bench.start(engine, plan_of(call(sink, effect="money", idempotency="none")))
    engine.watch._beat = clock.now()
    engine.wake()
    bench.until(run, DONE)
    assert len(sink.calls) == 1


@pytest.mark.parametrize("jump", [3600, -3600, 365 * 86400])
def test_a_clock_that_jumps_neither_loses_nor_repeats_an_effect(bench, sink, jump):
    clock = FixedClock()
    engine = bench.open(clock)
    pause = ops.Wait(step="pause", duration=value("30s"))
    run = bench.start(engine, plan_of(pause, call(sink)))
    clock.advance(jump)
    engine.wake()
    time.sleep(0.05)
    clock.advance(max(0, -jump) + 31)
    engine.wake()
    bench.until(run, DONE)
    assert len(sink.calls) == 1


def test_a_stop_lets_the_effect_under_way_finish_and_begins_no_other(bench, sink):
    entered = threading.Event()

    async def slow(context, arguments):
        sink.calls.append((context.step, context.key))
        entered.set()
        await asyncio.sleep(0.3)
        return "ok"

    sink.call = slow
    money = {"effect": "money", "idempotency": "none"}
    made = plan_of(call(sink, "first", **money), call(sink, "second", **money))
    engine = bench.open()
    run = bench.start(engine, made)
    assert entered.wait(5)
    bench.close(engine)
    assert [step for step, _ in sink.calls] == ["first"]
    assert bench.state(run) is WAITING
    bench.open()
    bench.until(run, DONE)
    assert [step for step, _ in sink.calls] == ["first", "second"]


@pytest.mark.parametrize(*ONLY_SQLITE, indirect=True)
def test_a_second_writer_that_holds_the_lock_makes_us_unavailable_not_broken(bench, sink):
    engine = bench.open()
    engine.committer._pen.connection.cursor().execute("pragma busy_timeout=200")
    run = bench.start(engine, plan_of(ops.Wait(step="pause", duration=value("1s")), call(sink)))
    other = sqlite3.connect(bench.folder / "nexus.db", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(Unavailable):
        bench.start(engine, plan_of(call(sink)))
    time.sleep(1.5)
    assert sink.calls == []
    other.execute("rollback")
    other.close()
    bench.until(run, DONE)
    assert len(sink.calls) == 1


@pytest.mark.parametrize(*ONLY_SQLITE, indirect=True)
def test_an_effect_that_came_home_to_a_locked_database_is_written_down_later(bench, sink):
    engine = bench.open()
    engine.committer._pen.connection.cursor().execute("pragma busy_timeout=100")
    other = sqlite3.connect(
        bench.folder / "nexus.db", isolation_level=None, check_same_thread=False
    )

    def lock(_):
        other.execute("begin immediate")
        return "charged"

    sink.answer = lock
    run = bench.start(engine, plan_of(call(sink, effect="money", idempotency="none")))
    eventually(lambda: sink.calls)
    time.sleep(0.5)
    assert bench.state(run) is RUNNING
    other.execute("rollback")
    other.close()
    bench.until(run, DONE)
    assert len(sink.calls) == 1


def test_the_same_delivery_two_hundred_times_at_once_is_one_event_and_one_run(bench, sink):
    from nexus.core.store.ticket import Repeated

    engine = bench.open()
    made = plan_of(call(sink))
    outcomes = []
    gate = threading.Barrier(50)

    def deliver():
        gate.wait()
        for _ in range(4):
            try:
                outcomes.append(bench.start(engine, made, dedupe="same"))
            except Repeated:
                outcomes.append(None)

    threads = [threading.Thread(target=deliver) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (run,) = [one for one in outcomes if one]
    bench.until(run, DONE)
    query = "select (select count(*) from event), (select count(*) from run)"
    assert bench.store.ask(query) == [(1, 1)]
    assert len(sink.calls) == 1


def test_an_attempt_is_counted_before_the_call(bench, sink):
    seen = []

    def look(s):
        seen.extend(bench.store.ask("select state, attempt from effect"))
        if len(seen) < 3:
            from nexus.core.sdk import Retry as TryAgain

            raise TryAgain("busy", sent=False)
        return 1

    sink.answer = look
    made = plan_of(call(sink, retry=Retry(times=3, delay=1000)))
    bench.until(bench.start(bench.open(), made), DONE)
    intent = int(EffectState.INTENT)
    assert seen == [(intent, 1), (intent, 2), (intent, 3)]


@pytest.mark.parametrize(*ONLY_POSTGRES, indirect=True)
def test_a_shared_database_is_told_to_keep_every_commit(bench):
    ask = bench.open().committer._pen.connection.execute
    assert ask("show synchronous_commit").fetchone() == ("on",)
    assert ask("show idle_in_transaction_session_timeout").fetchone() == ("10s",)


@pytest.mark.parametrize(*ONLY_SQLITE, indirect=True)
def test_the_database_is_told_to_sync_every_commit(bench):
    engine = bench.open()
    cursor = engine.committer._pen.connection.cursor()
    assert cursor.execute("pragma synchronous").fetchone() == (2,)
    assert cursor.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_wait_of_thirty_days_survives_a_restart_on_every_day_and_fires_once(bench, sink):
    clock = FixedClock()
    made = plan_of(ops.Wait(step="pause", duration=value("720h")), call(sink))
    run = bench.start(engine := bench.open(clock), made)
    for _ in range(29):
        clock.advance(86400)
        bench.close(engine)
        engine = bench.open(clock)
    assert bench.state(run) is WAITING
    clock.advance(86401)
    engine.wake()
    bench.until(run, DONE)
    assert len(sink.calls) == 1


def test_many_runs_that_come_due_at_once_each_go_on_once(bench, sink):
    clock = FixedClock()
    engine = bench.open(clock)
    made = plan_of(ops.Wait(step="pause", duration=value("10s")), call(sink))
    runs = [bench.start(engine, made) for _ in range(600)]
    clock.advance(11)
    engine.wake()
    for run in runs:
        bench.until(run, DONE)
    assert len(sink.calls) == len({key for key, _ in sink.calls}) == 600


def test_a_trigger_that_breaks_fails_its_own_flow_and_lets_the_others_hear(bench):
    def breaks(event, settings):
        raise KeyError("action")

    engine = bench.open()
    now = engine.clock.now()
    event = Event(
        id=1, source="s", type="t", subject="", time=now, received=now, data={}, dedupe=None
    )  # fmt: skip
    facts = {"title": "", "help": "", "kind": "hook", "hook": None, "types": ()}
    listeners = [
        Listener(
            plan=dataclasses.replace(plan_of(), flow=Flow(id=name, name="", triggers=(), do=())),
            trigger=Trigger(name=name, input={}, output={}, wants=wants, **facts),
            settings={},
        )
        for name, wants in {"bad": breaks, "good": lambda event, settings: True}.items()
    ]
    bad, good = match(listeners, event)
    assert bad.fault.code == "module_error"
    assert good.fault is None
    live, stop = engine.begin(bad.plan, event, bad.fault)
    assert stop.fault.code == "module_error"
    assert live.entries == []

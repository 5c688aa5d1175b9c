"""What the engine promises, on a real SQLite file with a full sync."""

import asyncio
import threading

import pytest

from nexus.core.clock import SECOND
from nexus.core.flow import plan as ops
from nexus.core.model.flow import Retry
from nexus.core.model.run import RunState
from nexus.core.sdk import NeedsPerson, Refuse
from nexus.core.sdk import Retry as TryAgain
from nexus.core.store.ticket import Repeated

DONE, FAILED, WAITING, NEEDS_PERSON = (
    RunState.DONE,
    RunState.FAILED,
    RunState.WAITING,
    RunState.NEEDS_PERSON,
)


@pytest.fixture
def plan_of():
    from nexus.core.model.flow import Flow

    def make(*instructions, version_id=1):
        flow = Flow(id="test", name="Test", triggers=(), do=())
        return ops.Plan(flow=flow, version=1, ops=instructions, settings={}, version_id=version_id)

    return make


def value(of):
    return lambda context: of


def call(sink, step="send", **facts):
    action = sink.action(**{k: facts.pop(k) for k in ("effect", "idempotency") if k in facts})
    return ops.Call(step=step, action=action, arguments=value({"n": 1}), **facts)


def test_a_pure_run_takes_one_commit(bench, plan_of):
    engine = bench.open()
    before = engine.committer.commits
    steps = [ops.Set(step=f"s{n}", value=value(n)) for n in range(10)]
    run = bench.start(engine, plan_of(*steps), {"a": 1})
    assert bench.state(run) is DONE
    assert engine.committer.commits == before + 1
    assert [entry[0] for entry in bench.journal(run)] == [f"s{n}" for n in range(10)]


def test_an_effect_run_writes_its_intent_before_it_calls(bench, plan_of, sink):
    engine = bench.open()
    seen = []

    def look(s):
        seen.extend(bench.store.ask("select step, state, attempt from effect"))
        return {"id": 7}

    sink.answer = look
    run = bench.start(engine, plan_of(call(sink), ops.Set(step="after", value=value("x"))))
    bench.until(run, DONE)
    assert [(e[0], e[1]) for e in bench.journal(run)] == [
        ("send", "intent"),
        ("send", "done"),
        ("after", "done"),
    ]
    assert seen == [("send", 1, 1)]
    assert len(sink.calls) == 1


def test_a_repeated_event_is_refused_and_starts_nothing(bench, plan_of, sink):
    engine = bench.open()
    bench.until(bench.start(engine, plan_of(call(sink)), dedupe="one"), DONE)
    with pytest.raises(Repeated):
        bench.start(engine, plan_of(call(sink)), dedupe="one")
    assert len(sink.calls) == 1


def test_a_retryable_error_is_tried_again_under_the_same_key(bench, plan_of, sink):
    engine = bench.open()

    def twice(s):
        if len(s.calls) < 3:
            raise TryAgain("not now", code="busy")
        return "ok"

    sink.answer = twice
    run = bench.start(engine, plan_of(call(sink, retry=Retry(times=3, delay=20_000))))
    bench.until(run, DONE)
    assert len(sink.calls) == 3
    assert len({key for key, _ in sink.calls}) == 1


def test_retries_end_and_the_run_fails_where_it_stood(bench, plan_of, sink):
    engine = bench.open()

    def never(_):
        raise TryAgain("not now", code="busy")

    sink.answer = never
    run = bench.start(engine, plan_of(call(sink, retry=Retry(times=1, delay=10_000))))
    bench.until(run, FAILED)
    assert len(sink.calls) == 2
    assert b"not now" in bench.row(run)["fault"]


def test_a_refusal_is_not_tried_again(bench, plan_of, sink):
    engine = bench.open()

    def no(_):
        raise Refuse("card expired", code="card_expired")

    sink.answer = no
    run = bench.start(engine, plan_of(call(sink)))
    bench.until(run, FAILED)
    assert len(sink.calls) == 1


def test_money_of_unknown_outcome_stops_and_asks(bench, plan_of, sink):
    engine = bench.open()

    def lost(_):
        raise TryAgain("no answer came", code="timeout")

    sink.answer = lost
    run = bench.start(engine, plan_of(call(sink, effect="money", idempotency="none")))
    bench.until(run, NEEDS_PERSON)
    assert len(sink.calls) == 1


def test_money_with_a_provider_key_is_sent_again_under_it(bench, plan_of, sink):
    engine = bench.open()

    def lost_once(s):
        if len(s.calls) == 1:
            raise TryAgain("no answer came", code="timeout")
        return "charged"

    sink.answer = lost_once
    made = plan_of(call(sink, effect="money", retry=Retry(times=3, delay=1000)))
    run = bench.start(engine, made)
    bench.until(run, DONE)
    assert len({key for key, _ in sink.calls}) == 1


def test_money_that_surely_never_left_may_be_tried_again(bench, plan_of, sink):
    engine = bench.open()

    def unreachable_once(s):
        if len(s.calls) == 1:
            raise TryAgain("cannot connect", code="unreachable", sent=False)
        return "charged"

    sink.answer = unreachable_once
    retry = Retry(times=3, delay=1000)
    made = plan_of(call(sink, effect="money", idempotency="none", retry=retry))
    bench.until(bench.start(engine, made), DONE)
    assert len(sink.calls) == 2


def test_a_module_may_say_that_a_person_is_needed(bench, plan_of, sink):
    engine = bench.open()

    def ask(_):
        raise NeedsPerson("two customers fit")

    sink.answer = ask
    bench.until(bench.start(engine, plan_of(call(sink))), NEEDS_PERSON)


def test_a_module_that_breaks_fails_its_run_only(bench, plan_of, sink):
    engine = bench.open()

    def bug(_):
        raise ZeroDivisionError("oops")

    sink.answer = bug
    broken = bench.start(engine, plan_of(call(sink)))
    bench.until(broken, FAILED)
    assert b"The module test broke" in bench.row(broken)["fault"]
    fine = bench.start(engine, plan_of(ops.Set(step="a", value=value(1))))
    assert bench.state(fine) is DONE


def test_a_time_out_ends_a_call_that_hangs(bench, plan_of, sink):
    async def hang(context, arguments):
        await asyncio.sleep(30)

    sink.call = hang
    made = plan_of(call(sink, timeout=50_000, retry=Retry(times=0)))
    run = bench.start(bench.open(), made)
    bench.until(run, FAILED)
    assert b"timeout" in bench.row(run)["fault"]


def test_a_wait_survives_a_restart_and_fires_once(bench, plan_of, sink):
    engine = bench.open()
    made = plan_of(ops.Wait(step="pause", duration=value("1s")), call(sink))
    run = bench.start(engine, made)
    assert bench.state(run) is WAITING
    bench.close(engine)
    again = bench.open()
    bench.until(run, DONE)
    assert len(sink.calls) == 1
    waited = [e for e in bench.journal(run) if e[0] == "pause"]
    assert waited[1][2] - waited[0][2] >= SECOND
    bench.close(again)


def test_a_run_left_behind_is_taken_up_with_the_same_key_and_body(bench, plan_of, sink):
    engine = bench.open()
    blocked = threading.Event()

    async def first(context, arguments):
        sink.calls.append((context.key, arguments))
        blocked.set()
        await asyncio.sleep(60)

    real, sink.call = sink.call, first
    run = bench.start(engine, plan_of(call(sink), ops.Set(step="end", value=value(1))))
    assert blocked.wait(5)
    engine.stop(patience=0)
    engine.database.close()
    bench.open_engines.clear()
    sink.call = real
    bench.plans[1] = plan_of(call(sink), ops.Set(step="end", value=value(1)))
    bench.open()
    bench.until(run, DONE)
    assert len(sink.calls) == 2
    assert sink.calls[0] == sink.calls[1]


def test_a_loop_gives_its_items_outputs(bench, plan_of):
    body = ops.Set(step="line", value=lambda c: c["item"] * 2)
    made = plan_of(
        ops.For(
            step="each", items=value(list(range(250))), name="item", index_name="index",
            body=1, end=3, ids=("line",), pure=True,
        ),
        body,
        ops.Next(step="each", loop=0),
        ops.Set(step="total", value=lambda c: sum(i["line"] for i in c["steps"]["each"]["items"])),
    )  # fmt: skip
    run = bench.start(bench.open(), made)
    bench.until(run, DONE)
    entries = bench.journal(run)
    assert [e[1] for e in entries] == ["chunk", "chunk", "chunk", "done", "done"]
    assert entries[-1][3] == sum(range(250)) * 2


def test_a_try_catches_a_refusal_and_goes_on(bench, plan_of, sink):
    def no(_):
        raise Refuse("sold out", code="sold_out")

    sink.answer = no
    made = plan_of(
        ops.Try(step="attempt", catch=3, end=4, name="error"),
        call(sink),
        ops.EndTry(step="attempt", end=4),
        ops.Set(step="sorry", value=lambda c: c["error"]["code"]),
    )
    run = bench.start(bench.open(), made)
    bench.until(run, DONE)
    assert bench.journal(run)[-1][3] == "sold_out"

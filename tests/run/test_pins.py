"""An effect that may have taken place is not sent over another connection unasked."""

from nexus.core.flow import plan as ops
from nexus.core.model.equipment import Equipment
from nexus.core.model.flow import Retry
from nexus.core.model.run import RunState
from nexus.core.sdk import BadConnection
from nexus.core.sdk import Retry as TryAgain


def pay(sink, effect="money"):
    action = sink.action(effect, "key")
    again = Retry(times=3, delay=20_000, cap=20_000)
    return ops.Call(
        step="pay",
        action=action,
        arguments=lambda context: {"n": 1},
        connection="bank",
        retry=again,
    )


def use(engine, pins):
    engine.intents.pin_of = lambda alias: pins[0]
    engine._performer._equip = lambda action, alias: Equipment(pin=pins[0])


def made(step):
    from nexus.core.model.flow import Flow

    flow = Flow(id="test", name="Test", triggers=(), do=())
    return ops.Plan(flow=flow, version=1, ops=(step,), settings={}, version_id=1)


def fail_first(pins, trouble):
    def answer(sink):
        if len(sink.calls) == 1:
            pins[0] = "con:2"
            raise trouble
        return {"ok": True}

    return answer


def test_money_in_doubt_asks_before_it_goes_to_another_account(bench, sink):
    engine, pins = bench.open(), ["con:1"]
    use(engine, pins)
    sink.answer = fail_first(pins, TryAgain("no answer came", code="timeout"))
    run = bench.start(engine, made(pay(sink)))
    bench.until(run, RunState.NEEDS_PERSON)
    assert len(sink.calls) == 1
    assert b"connection_changed" in bench.row(run)["fault"]


def test_over_the_same_account_it_is_sent_again_under_its_key(bench, sink):
    engine, pins = bench.open(), ["con:2"]
    use(engine, pins)
    sink.answer = fail_first(pins, TryAgain("no answer came", code="timeout"))
    run = bench.start(engine, made(pay(sink)))
    bench.until(run, RunState.DONE)
    assert len({key for key, _ in sink.calls}) == 1


def test_what_moves_no_money_goes_on_over_the_new_connection(bench, sink):
    engine, pins = bench.open(), ["con:1"]
    use(engine, pins)
    sink.answer = fail_first(pins, TryAgain("no answer came", code="timeout"))
    run = bench.start(engine, made(pay(sink, "write")))
    bench.until(run, RunState.DONE)


def test_refused_credentials_are_surely_not_sent_so_a_new_connection_goes_on(bench, sink):
    engine, pins = bench.open(), ["con:1"]
    use(engine, pins)
    sink.answer = fail_first(pins, BadConnection("The key was refused."))
    run = bench.start(engine, made(pay(sink)))
    bench.until(run, RunState.WAITING)
    assert bench.row(run)["awaits"] == "bank"
    from nexus.core.store.connections import wake

    engine.committer.call(wake("bank", bench.clock.now())).wait()
    bench.until(run, RunState.DONE)
    assert len({key for key, _ in sink.calls}) == 1

"""A run takes back what it did: in reverse, once each, whatever crashes on the way."""

import pytest

from nexus.core.flow.compile import compile_plan
from nexus.core.flow.read import read
from nexus.core.model.effect import EffectState
from nexus.core.model.run import Entry, RunState
from nexus.core.sdk import Refuse, Retry
from nexus.core.store import runs as store

HEAD = "id: saga\ntrigger: [{use: test.event}]\n"
SAGA = """\
do:
  - order:
      call: test.send
      with: {do: order}
      undo: {call: test.send, with: {cancel: "{{ steps.order.number }}"}}
  - seats:
      for: [1, 2]
      do:
        - seat:
            call: test.send
            with: {do: "seat {{ item }}"}
            undo: {call: test.send, with: {free: "{{ item }}", was: "{{ steps.seat.number }}"}}
  - mail: {call: test.send, with: {do: mail}}
  - stop: {raise: {code: no, message: "No."}}
"""


@pytest.fixture
def compiled(known):
    """Compile a flow whose head may say more."""

    def make(source, head=HEAD):
        return compile_plan(read(head + source), known, settings={}, version=1, version_id=1)

    return make


def did(sink):
    return [next(iter(body.items())) for _, body in sink.calls]


@pytest.fixture
def numbered(sink):
    sink.answer = lambda call: {"number": len(call.calls)}
    return sink


def effects(bench, run_id):
    rows = bench.store.ask("select step, turn, state from effect where run_id = ?", run_id)
    return [(step, turn, EffectState(state)) for step, turn, state in sorted(rows)]


BACK = [("free", 2), ("free", 1), ("cancel", 1)]


def test_a_failing_flow_that_declares_it_is_taken_back_newest_first(bench, numbered, compiled):
    engine = bench.open()
    run_id = bench.start(engine, compiled(SAGA, HEAD + "undo: true\n"))
    assert bench.until(run_id, RunState.UNDONE, RunState.FAILED) is RunState.UNDONE
    assert did(numbered)[4:] == BACK
    assert numbered.calls[4][1] == {"free": 2, "was": 3}, "from the turn's own output"
    assert len({key for key, _ in numbered.calls}) == 7, "each undo has a key of its own"
    assert {state for _, _, state in effects(bench, run_id)} == {EffectState.DONE}


def test_on_error_undo_of_a_step_takes_the_whole_run_back_past_any_try(bench, numbered, compiled):
    source = SAGA.replace(
        '  - stop: {raise: {code: no, message: "No."}}',
        "  - around:\n      try:\n        - stop:\n            raise: {code: no, message: x}\n"
        "            on_error: undo\n      catch: {do: []}",
    )
    engine = bench.open()
    run_id = bench.start(engine, compiled(source))
    assert bench.until(run_id, RunState.UNDONE, RunState.DONE) is RunState.UNDONE
    assert did(numbered)[4:] == BACK


def test_a_run_that_nothing_asks_to_undo_keeps_what_it_owes(bench, numbered, compiled):
    engine = bench.open()
    run_id = bench.start(engine, compiled(SAGA))
    bench.until(run_id, RunState.FAILED)
    owed = [(step, turn) for step, turn, state in effects(bench, run_id) if state.word == "owed"]
    assert owed == [("undo:order", ""), ("undo:seat", "0"), ("undo:seat", "1")]
    assert len(numbered.calls) == 4


def test_an_undo_is_retried_as_any_effect_and_then_asks_a_person(bench, numbered, compiled):
    def answer(call):
        if "free" in call.calls[-1][1]:
            raise Retry("busy", after_seconds=0)
        return {"number": len(call.calls)}

    numbered.answer = answer
    source = SAGA.replace(
        'was: "{{ steps.seat.number }}"}', "was: 0}, retry: {times: 1, delay: 1s, cap: 1s}"
    )
    engine = bench.open()
    run_id = bench.start(engine, compiled(source, HEAD + "undo: true\n"))
    assert bench.until(run_id, RunState.NEEDS_PERSON, RunState.UNDONE) is RunState.NEEDS_PERSON
    assert did(numbered)[4:] == [("free", 2), ("free", 2)]
    assert numbered.calls[4] == numbered.calls[5], "the same key and the same words"
    owed = [step for step, _, state in effects(bench, run_id) if state is EffectState.OWED]
    assert owed == ["undo:order", "undo:seat"], "what was not reached is still owed"


def test_an_undo_that_is_refused_asks_a_person(bench, numbered, compiled):
    def answer(call):
        if "free" in call.calls[-1][1]:
            raise Refuse("no such seat", code="not_found")
        return {"number": len(call.calls)}

    numbered.answer = answer
    engine = bench.open()
    run_id = bench.start(engine, compiled(SAGA, HEAD + "undo: true\n"))
    bench.until(run_id, RunState.NEEDS_PERSON)
    kinds = [entry[1] for entry in bench.journal(run_id) if entry[0] == "undo:seat"]
    assert kinds == ["intent", "error", "failed"]


def test_an_undo_that_cannot_be_worked_out_is_told_and_stops_nothing(bench, numbered, compiled):
    source = SAGA.replace(
        '{cancel: "{{ steps.order.number }}"}', '{cancel: "{{ 1 / (steps.order.number - 1) }}"}'
    )
    engine = bench.open()
    run_id = bench.start(engine, compiled(source, HEAD + "undo: true\n"))
    assert bench.until(run_id, RunState.UNDONE) is RunState.UNDONE
    assert did(numbered)[4:] == BACK[:2]
    told = [entry for entry in bench.journal(run_id) if entry[0] == "undo:order"]
    assert [entry[1] for entry in told] == ["failed"]


def test_a_secret_in_an_undo_is_never_kept(bench, numbered, compiled):
    engine = bench.open()
    engine.redactor.learn(["canary-0123456789"])
    numbered.answer = lambda call: {"number": "canary-" + "0123456789"}
    source = SAGA.replace('"{{ steps.order.number }}"', '"canary-{{ 123456789 }}"')
    source = source.replace("canary-{{ 123456789 }}", "{{ 'canary-' + '0123456789' }}")
    run_id = bench.start(engine, compiled(source, HEAD + "undo: true\n"))
    bench.until(run_id, RunState.UNDONE)
    assert all("cancel" not in body for _, body in numbered.calls)
    told = [entry for entry in bench.journal(run_id) if entry[0] == "undo:order"]
    assert [(entry[1], entry[3]["code"]) for entry in told] == [("failed", "secret_in_input")]
    kept = bench.store.ask("select request from effect where run_id = ?", run_id)
    assert not any(b"canary-0123456789" in request for (request,) in kept)


def test_a_person_lets_an_undo_that_was_refused_go_on(bench, numbered, compiled):
    refusals = [Refuse("no such seat", code="not_found")]

    def answer(call):
        if "free" in call.calls[-1][1] and refusals:
            raise refusals.pop()
        return {"number": len(call.calls)}

    numbered.answer = answer
    engine = bench.open()
    run_id = bench.start(engine, compiled(SAGA, HEAD + "undo: true\n"))
    bench.until(run_id, RunState.NEEDS_PERSON)
    entry = Entry("undo:seat", "person", engine.clock.now(), {"did": "retry"})
    position = bench.row(run_id)["position"]
    assert engine.committer.call(store.again(run_id, position, entry)).wait()
    engine.wake()
    bench.until(run_id, RunState.UNDONE)
    assert did(numbered)[4:] == [("free", 2), *BACK]
    assert numbered.calls[4][1] == numbered.calls[5][1], "the words that were worked out long ago"
    assert numbered.calls[4][0] != numbered.calls[5][0], "a person lets it go under a new key"

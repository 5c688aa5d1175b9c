"""What a step's `on_error` does: go on, go another way, insist, or stop whatever is around."""

import json

import pytest

from nexus.core.flow.compile import compile_plan
from nexus.core.flow.plan import EndGuard, Guard
from nexus.core.flow.read import read
from nexus.core.model.run import RunState
from nexus.core.sdk import Refuse

HEAD = "id: test\ntrigger: [{use: test.event}]\ndo:\n"
DONE, FAILED = RunState.DONE, RunState.FAILED
FAIL = "call: test.send, with: {do: it}"


@pytest.fixture
def run(bench, sink, known):
    """Run steps to their end; returns its state and the outputs of steps by id."""

    def go(steps, seconds=10):
        made = compile_plan(read(HEAD + steps), known, settings={}, version=1, version_id=1)
        run_id = bench.start(bench.open(), made)
        state = bench.until(run_id, DONE, FAILED, RunState.UNDONE, seconds=seconds)
        told = {entry[0]: entry[3] for entry in bench.journal(run_id) if entry[1] == "done"}
        return state, told, bench.journal(run_id)

    return go


def refuse(sink, times=100):
    def answer(call):
        if len(call.calls) <= times:
            raise Refuse("no", code="not_found")
        return {"ok": True}

    sink.answer = answer


def test_a_step_without_it_costs_no_instruction(known):
    plan = compile_plan(
        read(HEAD + "  - a: {set: 1}\n  - b: {set: 2, on_error: continue}\n"),
        known, settings={}, version=1,
    )  # fmt: skip
    assert [type(op) for op in plan.ops[1:]] == [Guard, type(plan.ops[0]), EndGuard]


def test_continue_goes_on_and_the_output_is_null(run, sink):
    refuse(sink)
    state, told, journal = run(
        f"  - a: {{{FAIL}, on_error: continue}}\n  - b: {{set: '{{{{ steps.a == null }}}}'}}\n"
    )
    assert (state, told["b"]) == (DONE, True)
    assert [entry[1] for entry in journal if entry[0] == "a"] == [
        "intent", "error", "failed", "handled"
    ]  # fmt: skip


def test_route_goes_another_way_with_the_fault_in_hand(run, sink):
    refuse(sink)
    state, told, _ = run(
        f"  - a:\n      {{{FAIL}, on_error: {{as: why,"
        " route: [{r: {set: '{{ why.code }}'}}]}}\n"
        "  - b: {set: '{{ steps.r }}'}\n"
    )
    assert (state, told["b"]) == (DONE, "not_found")


def test_route_is_not_taken_when_all_goes_well(run):
    state, told, _ = run(f"  - a: {{{FAIL}, on_error: {{route: [{{r: {{set: 1}}}}]}}}}\n")
    assert state is DONE and "r" not in told


def test_only_the_codes_that_are_listed_are_met(run, sink):
    refuse(sink)
    assert run(f"  - a: {{{FAIL}, on_error: {{do: continue, on: [other]}}}}\n")[0] is FAILED


def test_a_loop_that_fails_inside_is_left_as_a_whole(run):
    stop = "{raise: {code: no, message: x}, if: item == 2}"
    state, told, _ = run(
        f"  - a: {{for: [1, 2, 3], do: [{{x: {stop}}}, {{y: {{set: 1}}}}], on_error: continue}}\n"
        "  - b: {for: [7], do: [{z: {set: '{{ item }}'}}]}\n"
        "  - c: {set: '{{ [steps.a, steps.b.items[0].z] }}'}\n"
    )
    assert (state, told["c"]) == (DONE, [None, 7])


def test_inside_a_loop_each_turn_is_met_by_itself(run):
    step = '{set: "{{ 6 / item }}", on_error: continue}'
    state, told, _ = run(
        f"  - a: {{for: [1, 0, 3], do: [{{x: {step}}}]}}\n"
        "  - b: {set: '{{ steps.a.items.map(one, one.x) }}'}\n"
    )
    assert (state, told["b"]) == (DONE, [6, None, 2])


def test_stop_is_not_caught_by_what_is_around(run):
    state, _, _ = run(
        "  - t: {try: [{a: {raise: {code: no, message: x}, on_error: stop}}], catch: {do: []}}\n"
    )
    assert state is FAILED


def test_retry_insists_under_the_same_key(run, sink):
    refuse(sink, times=2)
    state, _, _ = run(
        f"  - a: {{{FAIL}, on_error: {{do: retry, on: [not_found]}},"
        " retry: {times: 3, delay: 1s, cap: 1s}}\n"
    )
    assert state is DONE
    assert len(sink.calls) == 3 and len({json.dumps(call) for call in sink.calls}) == 1


def test_an_if_is_asked_once_and_skips_the_whole(run):
    state, told, journal = run(
        "  - a: {set: 1, if: 'false', on_error: continue}\n  - b: {set: 2}\n"
    )
    assert state is DONE and "a" not in told
    assert [entry[1] for entry in journal if entry[0] == "a"] == ["skipped"]

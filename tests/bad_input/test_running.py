"""What only shows itself while a run runs: too much, too large, never over. It fails in words."""

import pytest

from nexus.core.nexus import open_nexus

FLOW = "id: {id}\ntrigger:\n  - use: core.webhook\ndo:\n{steps}"


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("running") / "data")
    opened.start()
    yield opened
    opened.close()


@pytest.fixture
def failed(nexus):
    """Run a flow that must fail; return its fault."""
    owner = nexus.people.console()

    def run(data, *steps: str):
        name = f"f{len(nexus.flows.list(owner))}"
        text = FLOW.format(id=name, steps="".join(f"  - {step}\n" for step in steps))
        nexus.flows.publish(owner, nexus.flows.save(owner, text).id)
        run_id = nexus.inbox.send(owner, name, data).run_ids[0]
        row = nexus.runs.wait(owner, run_id, 20)
        assert row.state.word == "failed", row
        fault = nexus.runs.show(owner, run_id).row.fault
        assert fault.code != "internal_error", fault
        assert fault.message and "Traceback" not in fault.message and len(fault.message) < 1_000
        return fault

    return run


def test_a_loop_over_too_many_items_fails(failed):
    fault = failed(
        {"items": list(range(10_001))},
        "all: {for: '{{ event.data.items }}', do: [{one: {set: {v: 1}}}]}",
    )
    assert "10" in fault.message


@pytest.mark.parametrize("items", [5, "text", {"a": 1}, True])
def test_a_loop_over_what_is_no_list_fails(failed, items):
    step = "all: {for: '{{ event.data.items }}', do: [{one: {set: {v: 1}}}]}"
    assert "list" in failed({"items": items}, step).message


def test_a_text_that_doubles_and_doubles_fails(failed):
    doubling = [
        f"s{i}: {{set: {{t: '{{{{ steps.s{i - 1}.t + steps.s{i - 1}.t }}}}'}}}}"
        for i in range(1, 12)
    ]
    fault = failed({"t": "x" * 1_000}, "s0: {set: {t: '{{ event.data.t }}'}}", *doubling)
    assert "64 kB" in fault.message


def test_an_output_over_a_megabyte_fails(failed):
    copies = ", ".join(f"k{i}: '{{{{ event.data.t }}}}'" for i in range(20))
    assert "1 MB" in failed({"t": "x" * 60_000}, f"big: {{set: {{{copies}}}}}").message


def test_an_expression_that_works_too_much_fails(failed):
    step = "much: {set: {v: '{{ event.data.a.map(x, event.data.a.map(y, x + y)) }}'}}"
    assert "too much work" in failed({"a": list(range(1_000))}, step).message


@pytest.mark.parametrize("wait", ["-3d", "1000000000d", "soon", "", "9" * 50 + "d", "1e9d"])
def test_a_wait_that_is_no_time_fails(failed, wait):
    assert failed({"wait": wait}, "pause: {wait: '{{ event.data.wait }}'}").message


@pytest.mark.parametrize("until", [-1, 1e300, "yesterday", "0000-00-00", [], True])
def test_a_moment_that_is_none_fails(failed, until):
    step = "pause: {wait: {until: '{{ event.data.until }}'}}"
    assert failed({"until": until}, step).message


@pytest.mark.parametrize("data", [{"a": "x"}, {"a": []}, {"a": {}}])
def test_a_comparison_of_unlike_values_fails_in_words(failed, data):
    assert failed(data, "big: {set: {v: 1}, if: event.data.a > 3}").message


def test_division_by_zero_fails_in_words(failed):
    assert "zero" in failed({"n": 0}, "part: {set: {v: '{{ 1 / event.data.n }}'}}").message


def test_a_pattern_from_the_outside_that_explodes_fails_or_ends(failed):
    step = "bomb: {set: {v: '{{ event.data.t.matches(event.data.p) }}'}}"
    fault = failed({"t": "a" * 60_000, "p": "(a{1000}){1000}"}, step)
    assert "pattern" in fault.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://a\x7fb/",
        "http://user:pw@example.com/",
        "gopher://x",
        "http://" + "a" * 5000,
    ],
)
def test_an_address_that_may_not_be_called_fails(failed, url):
    assert failed({"u": url}, "get: {call: http.get, with: {url: '{{ event.data.u }}'}, retry: 0}")

"""Listening against a small model: events, early ones, time-outs and cancels in any order."""

import itertools
import time

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from nexus.core.model.run import RunState

FLOW = """
id: patient
trigger: [{use: core.webhook}]
do:
  - gate: {listen: {event: test.said, match: "gate {{ event.data.gate }}"}}
  - one: {listen: {event: test.said, match: "{{ event.data.key }}", for: 100s}}
  - two: {listen: {event: test.said, match: "{{ event.data.key }}", for: 100s}}
"""
STEPS = ("gate", "one", "two")
LIMIT = 100
KEYS = st.sampled_from("ab")
SERIAL = itertools.count()


class Modelled:
    """What one run should do: 40 lines that know no database."""

    def __init__(self, key, gate, began):
        self.key, self.gate, self.began = key, gate, began
        self.open = self.cancelled = False
        self.since = 0
        self.taken = []  # the number of the event that ended each listen, None for a time-out

    @property
    def state(self):
        if self.cancelled:
            return RunState.CANCELLED
        return RunState.DONE if len(self.taken) == 2 else RunState.WAITING

    def go_on(self, events, now):
        while self.open and self.state is RunState.WAITING:
            last = max([self.began, *(one for one in self.taken if one is not None)])
            found = next((n for n, key in events if key == self.key and n > last), None)
            if found is None and now < self.since + LIMIT:
                return
            self.taken.append(found)
            self.since = now


class Listening(RuleBasedStateMachine):
    town = None

    def __init__(self):
        super().__init__()
        self.prefix = next(SERIAL)
        self.count = 0
        self.events, self.runs = [], []

    @property
    def now(self):
        return self.town.clock.now() // 1_000_000

    @rule(key=KEYS)
    def begin(self, key):
        gate = f"{self.prefix}-{len(self.runs)}"
        self.count += 1
        run = self.town.start("patient", key=f"{self.prefix}{key}", gate=gate)
        self.runs.append((run, Modelled(key, gate, self.count)))
        self.agree()

    @rule(key=KEYS)
    def say(self, key):
        self.count += 1
        self.events.append((self.count, key))
        self.town.say(f"{self.prefix}{key}", self.count)
        self.agree()

    @rule(which=st.integers(0, 5))
    def open_the_gate(self, which):
        for _run, modelled in self.runs[which : which + 1]:
            self.town.say(f"gate {modelled.gate}")
            if not (modelled.open or modelled.cancelled):
                modelled.open, modelled.since = True, self.now
            self.agree()

    @rule(seconds=st.sampled_from([10, 60, 101]))
    def wait(self, seconds):
        self.town.clock.advance(seconds)
        self.town.nexus.engine.wake()
        self.agree()

    @rule(which=st.integers(0, 5))
    def cancel(self, which):
        for run, modelled in self.runs[which : which + 1]:
            if modelled.state is RunState.WAITING:
                self.town.nexus.runs.cancel(self.town.owner, run)
                modelled.cancelled = True
            self.agree()

    def agree(self):
        """Both come to the same: states, and which event each listen took."""
        for _, modelled in self.runs:
            modelled.go_on(self.events, self.now)
        for run, modelled in self.runs:
            wanted = (modelled.state, modelled.taken)
            deadline = time.monotonic() + 5
            while (found := self.look(run)) != wanted:
                assert time.monotonic() < deadline, (found, wanted)
                time.sleep(0.002)

    def look(self, run):
        view = self.town.show(run)
        done = {one.id: one.output for one in view.steps if one.state == "done"}
        heard = [done[step]["event"] for step in STEPS[1:] if step in done]
        return view.row.state, [one and one["data"] for one in heard]

    def teardown(self):
        for run, modelled in self.runs:
            if modelled.state is RunState.WAITING:
                self.town.nexus.runs.cancel(self.town.owner, run)
        assert self.town.ask("select count(*) from listener") == [(0,)]


def test_listening_agrees_with_its_model(town):
    town.publish(FLOW)
    Listening.town = town
    run_state_machine_as_test(
        Listening,
        settings=settings(
            max_examples=10,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""A whole installation, with short words for what runs tell each other."""

import sqlite3
import time
from pathlib import Path

import pytest

from nexus.core.clock import Clock, FixedClock
from nexus.core.model.run import RunState
from nexus.core.nexus import open_nexus

SPEAKER = """
id: speaker
trigger: [{use: core.webhook}]
do:
  - told:
      emit: {type: test.said, subject: "{{ event.data.to }}", data: "{{ event.data.words }}"}
"""


class Town:
    """An installation in which flows speak; it can be restarted."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder, self.clock = folder, clock
        self.open()
        self.publish(SPEAKER)

    def open(self) -> None:
        self.nexus = open_nexus(self.folder, self.clock)
        self.owner = self.nexus.people.console()
        self.nexus.start()

    def close(self) -> None:
        self.nexus.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def publish(self, source: str) -> None:
        row = self.nexus.flows.save(self.owner, source)
        self.nexus.flows.publish(self.owner, row.id)

    def start(self, flow: str, **data) -> str:
        (run_id,) = self.nexus.inbox.send(self.owner, flow, data).run_ids
        return run_id

    def say(self, to: str, words=None) -> str:
        return self.start("speaker", to=to, words=words)

    def show(self, run_id: str):
        return self.nexus.runs.show(self.owner, run_id)

    def state(self, run_id: str) -> RunState:
        return self.show(run_id).row.state

    def output(self, run_id: str, step: str, turn: str = ""):
        steps = self.show(run_id).steps
        return next(one.output for one in steps if (one.id, one.turn) == (step, turn))

    def rest(self, run_id: str, state: RunState = RunState.DONE):
        """Wait until the run is in a state, and return it."""
        deadline = time.monotonic() + 10
        while self.state(run_id) is not state:
            assert time.monotonic() < deadline, (state, self.show(run_id).row)
            time.sleep(0.005)
        return self.show(run_id)

    def runs(self, flow: str) -> list:
        return self.nexus.runs.list(self.owner, flow_id=flow).rows

    def ask(self, query: str) -> list[tuple]:
        connection = sqlite3.connect(self.folder / "nexus.db")
        rows = connection.execute(query).fetchall()
        connection.close()
        return rows


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def town(tmp_path, clock):
    town = Town(tmp_path, clock)
    yield town
    town.close()


@pytest.fixture
def later(town, clock):
    """Let time pass."""

    def later(seconds):
        clock.advance(seconds)
        town.nexus.engine.wake()

    return later

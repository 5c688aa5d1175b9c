"""An engine on a real database, with actions that count how often they were called."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from stores import Store

from nexus.core.clock import SystemClock
from nexus.core.flow import plan as ops
from nexus.core.model.action import Action, Trigger
from nexus.core.model.equipment import Equipment
from nexus.core.model.event import Event
from nexus.core.model.flow import Flow
from nexus.core.model.run import RunState
from nexus.core.queue.local import LocalQueue
from nexus.core.run.engine import Engine
from nexus.core.store.database import Database

OBJECT = {"type": "object"}


class Sink:
    """An outside world that remembers every call and the key it came under."""

    def __init__(self):
        self.calls = []
        self.answer = lambda call: {"ok": True}

    async def call(self, context, arguments):
        self.calls.append((context.key, arguments))
        await asyncio.sleep(0)
        return self.answer(self)

    def action(self, effect="write", idempotency="key", timeout=2_000_000):
        return Action(
            name="test.send",
            title="Send",
            help="",
            effect=effect,
            idempotency=idempotency,
            input={},
            output={},
            call=self.call,
            is_async=True,
            timeout=timeout,
        )


class Known:
    """The one action of the sink, and a trigger."""

    def __init__(self, sink, **facts):
        self.send = replace(sink.action(**facts), input=OBJECT, output=OBJECT)

    def action(self, name):
        return self.send if name == "test.send" else None

    def trigger(self, name):
        return Trigger(
            name=name, title="", help="", kind="manual", hook=None, types=(), input=OBJECT,
            output=OBJECT, wants=lambda event, settings: True,
        )  # fmt: skip

    def action_names(self):
        return ["test.send"]

    def trigger_names(self):
        return ["test.event"]

    def module_names(self):
        return ["test"]


def plan(*instructions, version_id=1):
    flow = Flow(id="test", name="Test", triggers=(), do=())
    return ops.Plan(flow=flow, version=1, ops=instructions, settings={}, version_id=version_id)


class Bench:
    """Opens engines on one data folder, one after another, as restarts do."""

    def __init__(self, store: Store):
        self.store = store
        self.folder = store.folder
        self.clock = SystemClock()
        self.plans = {}
        self.open_engines = []

    def open(self, clock=None) -> Engine:
        database = Database(self.folder)
        equip = lambda action, alias: Equipment()  # noqa: E731
        engine = Engine(database, clock or self.clock, self.plans.__getitem__, equip, LocalQueue())
        engine.start()
        self.open_engines.append(engine)
        return engine

    def close(self, engine: Engine):
        engine.stop()
        engine.database.close()
        self.open_engines.remove(engine)

    def start(self, engine: Engine, made: ops.Plan, data=None, dedupe=None) -> int:
        self.plans[made.version_id] = made
        now = engine.clock.now()
        event = Event(
            id=engine.mint(), source="test", type="test", subject="", time=now, received=now,
            data=data, dedupe=dedupe,
        )  # fmt: skip
        live, stop = engine.begin(made, event)
        engine.admit(event, [(live, stop)])
        return live.id

    def row(self, run_id: int):
        return self.store.row("select * from run where id = ?", run_id)

    def state(self, run_id: int) -> RunState:
        return RunState(self.row(run_id)["state"])

    def journal(self, run_id: int):
        query = "select entries from journal where run_id = ? order by seq"
        rows = self.store.ask(query, run_id)
        return [entry for (raw,) in rows for entry in msgspec.json.decode(raw)]

    def until(self, run_id: int, *states: RunState, seconds: float = 10) -> RunState:
        return wait_for(lambda: (s := self.state(run_id)) in states and s, seconds)


def wait_for(fact: Callable[[], object], seconds: float = 10):
    deadline = time.monotonic() + seconds
    while not (value := fact()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not come about in time")
        time.sleep(0.005)
    return value


@pytest.fixture
def bench(store):
    bench = Bench(store)
    yield bench
    for engine in [*bench.open_engines]:
        bench.close(engine)


@pytest.fixture
def sink():
    return Sink()


@pytest.fixture
def known(sink):
    return Known(sink)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Run the engine's own tests on both databases each time, and its faults in the long run."""
    for item in items:
        params = getattr(item, "callspec", None)
        on_postgres = params and params.params.get("store") == "postgres"
        if on_postgres and item.path.parent.name == "run" and item.path.stem != "test_engine":
            item.add_marker(pytest.mark.chaos)
            item.add_marker(pytest.mark.long)

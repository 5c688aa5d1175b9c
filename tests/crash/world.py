"""One life of an engine with one money flow; it ends where it is told to crash.

    python world.py DATA LEDGER EFFECT IDEMPOTENCY POINT     (EFFECT `saga`: one that is undone)

delivers the event `one` (as a provider does again and again), drives its run to rest and prints
what became of it as JSON. The provider is a SQLite ledger: under `key` it charges a key once,
else every call charges. POINT names where the process ends with code 137:

    commit:N      before the committer's Nth COMMIT      committed:N   after it, before any answer
    call          before the provider hears of it        accepted      after it charged
    call:N        the same at this life's Nth call       accepted:N
    poison        at every call, as a module that kills its process
"""

import json
import os
import sqlite3
import sys
import time
from pathlib import Path

from sqlalchemy import select

from nexus.core.clock import SECOND, SystemClock
from nexus.core.flow import plan as ops
from nexus.core.model import ids
from nexus.core.model.action import Action
from nexus.core.model.equipment import Equipment
from nexus.core.model.event import Event
from nexus.core.model.flow import Flow, Retry
from nexus.core.model.run import RunState
from nexus.core.queue.local import LocalQueue
from nexus.core.run import watch
from nexus.core.run.engine import Engine
from nexus.core.store.database import Database
from nexus.core.store.tables import run
from nexus.core.store.ticket import Repeated

HELD = (RunState.RUNNING, RunState.READY, RunState.WAITING)


class Provider:
    def __init__(self, path: str, point: str, sleep: float = 0) -> None:
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("create table if not exists call (key text, body text, pid integer)")
        self._point, self._sleep, self._calls = point, sleep, 0

    def charge(self, context, arguments):
        self._calls += 1
        if self._point in ("call", f"call:{self._calls}"):
            os._exit(137)
        row = (context.key, json.dumps(arguments, sort_keys=True), os.getpid())
        self._db.execute("insert into call values (?, ?, ?)", row)
        if self._point in ("accepted", "poison", f"accepted:{self._calls}"):
            os._exit(137)
        time.sleep(self._sleep)
        return {"charged": True}


def money_plan(provider: Provider, effect: str, idempotency: str) -> ops.Plan:
    action = Action(
        name="pay.charge", title="Charge", help="", effect=effect, idempotency=idempotency,
        input={}, output={}, call=provider.charge, is_async=False,
    )  # fmt: skip
    charge = ops.Call(
        step="charge", action=action, arguments=lambda c: {"cents": c["event"]["data"]["cents"]},
        retry=Retry(times=0),
    )  # fmt: skip
    after = ops.Set(step="after", value=lambda c: c["steps"]["charge"])
    flow = Flow(id="money", name="Money", triggers=(), do=())
    return ops.Plan(flow=flow, version=1, ops=(charge, after), settings={}, version_id=1)


def saga_plan(provider: Provider, idempotency: str) -> ops.Plan:
    """Two charges that can be taken back, and then a failure that asks for it."""
    action = Action(
        name="pay.charge", title="Charge", help="", effect="money", idempotency=idempotency,
        input={}, output={}, call=provider.charge, is_async=False,
    )  # fmt: skip

    def call(step: str, undo: ops.Call | None = None) -> ops.Call:
        said = lambda context: {"do": step}  # noqa: E731 - of this call only
        return ops.Call(step=step, action=action, arguments=said, retry=Retry(times=0), undo=undo)

    charges = [call(name, call(f"undo:{name}")) for name in ("first", "second")]
    stop = ops.Raise(step="stop", code="no", message=lambda context: "No.")
    flow = Flow(id="saga", name="Saga", triggers=(), do=(), undo=True)
    return ops.Plan(flow=flow, version=1, ops=(*charges, stop), settings={}, version_id=1)


def crash_at(engine: Engine, point: str) -> None:
    name, _, number = point.partition(":")
    seen, pen = {"commit": 0}, engine.committer._pen
    commit = pen.commit

    def counted() -> None:
        seen["commit"] += 1
        if name == "commit" and seen["commit"] == int(number):
            os._exit(137)
        commit()

    def committed(batch: list) -> None:
        if name == "committed" and seen["commit"] == int(number):
            os._exit(137)

    pen.commit = counted
    engine.committer.on_commit = committed


def deliver(engine: Engine, plan: ops.Plan) -> bool:
    now = engine.clock.now()
    event = Event(
        id=engine.mint(), source="test", type="paid", subject="", time=now, received=now,
        data={"cents": 500}, dedupe="one",
    )  # fmt: skip
    try:
        engine.admit(event, [engine.begin(plan, event)])
    except Repeated:
        return True
    return False


def rest(database: Database, seconds: float = 20) -> list[dict]:
    end = time.monotonic() + seconds
    while True:
        rows = database.rows(select(run.c.id, run.c.state, run.c.fault))
        if time.monotonic() > end or not any(RunState(row[1]) in HELD for row in rows):
            break
        time.sleep(0.01)
    return [
        {"id": ids.write("run", row[0]), "state": RunState(row[1]).word, "fault": str(row[2] or "")}
        for row in rows
    ]


def open_engine(folder: str, plan: ops.Plan, alone: bool) -> Engine:
    database = Database(Path(folder))
    equip = lambda action, alias: Equipment()  # noqa: E731 - the shortest name for nothing
    return Engine(database, SystemClock(), {1: plan}.__getitem__, equip, LocalQueue(), alone)


def main(folder: str, ledger: str, effect: str, idempotency: str, point: str) -> None:
    provider = Provider(ledger, point)
    saga = effect == "saga"
    plan = saga_plan(provider, idempotency) if saga else money_plan(provider, effect, idempotency)
    engine = open_engine(folder, plan, alone=True)
    crash_at(engine, point)
    engine.start()
    repeat = deliver(engine, plan)
    print(json.dumps({"repeat": repeat, "runs": rest(engine.database)}))
    engine.stop()


def live_beside(folder: str, ledger: str, role: str) -> None:
    """Be one of two engines on one database, with a short lease; `first` brings the event."""
    watch.HEARTBEAT, watch.LEASE = SECOND // 4, 2 * SECOND
    plan = money_plan(Provider(ledger, "", sleep=0.4), "money", "key")
    engine = open_engine(folder, plan, alone=False)
    engine.start()
    if role == "first":
        deliver(engine, plan)
    print("ready", flush=True)
    sys.stdin.readline()
    engine.stop()


if __name__ == "__main__":
    if len(sys.argv) == 4:
        live_beside(*sys.argv[1:])
    else:
        main(*sys.argv[1:])

"""A run that is lost from memory and read back, wherever that happens, ends as one that never was.

Random flows run twice against the same scripted outside world: straight through, and with the run
thrown away and revived from what was written down, at random commits. A small model stands in for
the database; everything else is the real thing.
"""

import hashlib
import json
import os
import random
from dataclasses import replace
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nexus.core.clock import SECOND
from nexus.core.flow import plan as ops
from nexus.core.flow.compile import compile_plan
from nexus.core.flow.read import read
from nexus.core.model.action import Action, Trigger
from nexus.core.model.effect import EffectState
from nexus.core.model.event import Event
from nexus.core.model.run import Entry, Fault
from nexus.core.redact import Redactor
from nexus.core.run import step as step_room
from nexus.core.run.change import settle, write_down
from nexus.core.run.effect import Outcome, conclude
from nexus.core.run.intent import Intents
from nexus.core.run.live import Effect, Live, Parked, Sliced
from nexus.core.run.revive import read_effects, revive
from nexus.core.run.run import advance
from nexus.core.store.statements import (
    MOVE_RUN,
    NEW_EFFECT,
    NEW_RUN,
    RECORD,
    REDO_EFFECT,
    SETTLE_EFFECT,
)

OBJECT = {"type": "object"}
START = 1_790_000_000 * SECOND
DATA = {"yes": True, "no": False, **{f"list{n}": list(range(n)) for n in range(8)}}
HEAD = {"id": "random", "trigger": [{"use": "test.event"}]}
OK, AGAIN, REFUSED = "ok", "again", "refused"


def pure(context, given):
    return {"pure": given["seen"]}


class Known:
    def __init__(self):
        facts = {"title": "", "help": "", "input": OBJECT, "output": OBJECT, "is_async": False}
        self._actions = {
            "test.send": Action(
                name="test.send", effect="write", idempotency="key", call=pure, **facts
            ),
            "test.pure": Action(
                name="test.pure", effect="pure", idempotency="none", call=pure, **facts
            ),
        }
        self._trigger = Trigger(
            name="test.event", title="", help="", kind="manual", hook=None, types=(),
            input=OBJECT, output=OBJECT, wants=lambda event, settings: True,
        )  # fmt: skip

    def action(self, name):
        return self._actions.get(name)

    def trigger(self, name):
        return self._trigger if name == "test.event" else None

    def action_names(self):
        return sorted(self._actions)

    def trigger_names(self):
        return ["test.event"]

    def module_names(self):
        return ["test"]


# --- random flows ---------------------------------------------------------------------------

CONDITION = st.sampled_from([None, None, None, "event.data.yes", "event.data.no"])
LEAF = st.tuples(
    st.sampled_from(["set", "set", "call", "call", "owing", "pure", "wait", "raise"]),
    CONDITION,
    st.lists(st.sampled_from([OK, OK, OK, AGAIN, REFUSED]), min_size=1, max_size=3),
)


def nest(inner):
    block = st.lists(inner, min_size=1, max_size=3)
    loop = st.tuples(st.just("for"), CONDITION, st.integers(0, 7), block)
    guard = st.tuples(st.just("try"), CONDITION, st.booleans(), block, block)
    fork = st.tuples(st.just("switch"), CONDITION, st.booleans(), block, block)
    act = st.sampled_from(["continue", "route", "route", "stop", "undo"])
    remedy = st.tuples(st.just("remedy"), act, st.booleans(), inner, block)
    return st.one_of(loop, guard, fork, remedy, inner)


FLOWS = st.lists(st.recursive(LEAF, nest, max_leaves=12), min_size=1, max_size=5)


class Writer:
    """Writes a drawn flow down as a document, and remembers each call's outcomes."""

    def __init__(self):
        self.count = 0
        self.outcomes = {}

    def block(self, drawn):
        return [self.step(one) for one in drawn]

    def step(self, drawn):
        kind, condition, *rest = drawn
        if kind == "remedy":
            return self.remedy(condition, *rest)
        self.count += 1
        name = f"s{self.count}"
        body = getattr(self, f"_{kind}")(name, *rest)
        return {name: {**({"if": condition} if condition else {}), **body}}

    def remedy(self, act, picky, inner, block):
        """Give a step an `on_error`; one that has one already keeps it."""
        ((name, body),) = self.step(inner).items()
        on = {"on": ["boom_1", "refused"]} if picky else {}
        route = {"route": self.block(block), "as": f"e_on_{name}"}
        body.setdefault("on_error", {**on, **(route if act == "route" else {"do": act})})
        return {name: body}

    def _owing(self, name, outcomes):
        self.outcomes[f"undo:{name}"] = [AGAIN, OK]
        return {**self._call(name, outcomes), "undo": {"call": "test.send"}}

    def _set(self, name, outcomes):
        return {"set": {"n": 1}}

    def _call(self, name, outcomes):
        self.outcomes[name] = outcomes
        return {"call": "test.send", "retry": {"times": 5, "delay": "1s"}}

    def _pure(self, name, outcomes):
        return {"call": "test.pure"}

    def _wait(self, name, outcomes):
        return {"wait": "1s"}

    def _raise(self, name, outcomes):
        return {"raise": {"code": f"boom_{len(outcomes)}", "message": "on purpose"}}

    def _for(self, name, size, body):
        items = f"{{{{ event.data.list{size} }}}}"
        return {"for": items, "as": f"i_{name}", "at": f"x_{name}", "do": self.block(body)}

    def _try(self, name, picky, tried, caught):
        on = {"on": ["boom_1", "again"]} if picky else {}
        catch = {"as": f"e_{name}", **on, "do": self.block(caught)}
        return {"try": self.block(tried), "catch": catch}

    def _switch(self, name, holds, then, other):
        condition = "event.data.yes" if holds else "event.data.no"
        return {
            "switch": [
                {"if": condition, "do": self.block(then)},
                {"else": None, "do": self.block(other)},
            ]
        }


def made(drawn, undo=False):
    """Return a plan whose steps tell all that they can see, and the script of its calls."""
    writer = Writer()
    document = json.dumps({**HEAD, "undo": undo, "do": writer.block(drawn)})
    plan = compile_plan(read(document), Known(), settings={}, version=1, version_id=1)
    return replace(plan, ops=tuple(map(watched, plan.ops))), writer.outcomes


def watched(op):
    if isinstance(op, ops.Set):
        return replace(op, value=seen)
    if isinstance(op, ops.Call):
        return replace(op, arguments=seen, undo=op.undo and replace(op.undo, arguments=seen))
    return op


def seen(context):
    """Return a digest of everything that an expression could read here."""
    names = {key: value for key, value in context.items() if not key.startswith("e_")}
    text = json.dumps(names, sort_keys=True)
    return {"seen": hashlib.sha1(text.encode()).hexdigest()[:12]}


# --- a model of the database ----------------------------------------------------------------


class Rows:
    def __init__(self):
        self.position = None
        self.journal = []
        self.effects = {}
        self.owed = []

    def apply(self, change):
        for write, row in change:
            if write is NEW_RUN:
                self.position = row[-3]
            elif write is MOVE_RUN:
                self.position = row[5]
            elif write is RECORD:
                assert row[1] == len(self.journal), "a gap in the journal"
                self.journal.append(row[2])
            elif write is NEW_EFFECT:
                assert row[1:3] not in self.effects
                self.effects[row[1:3]] = list(row[4:])
                self.owed += [row[1:3]] if row[4] == EffectState.OWED else []
            elif write is REDO_EFFECT:
                self.effects[row[7:9]] = list(row[:6])
            elif write is SETTLE_EFFECT:
                self.effects[row[3:5]][:2] = row[:2]

    @property
    def entries(self):
        decode = msgspec.json.Decoder(list[Entry]).decode
        return [entry for raw in self.journal for entry in decode(raw)]

    def held(self, run):
        names = ("state", "attempt", "rerun", "at", "connection", "request")
        rows = [
            SimpleNamespace(run_id=run, step=step, turn=turn, **dict(zip(names, row, strict=True)))
            for (step, turn), row in self.effects.items()
        ]
        return read_effects(rows).get(run, {})


EVENT = Event(id=1, source="t", type="t", subject="", time=START, received=START, data=DATA)
EVENT_ROW = {
    "event_id": 1, "event_source": "t", "event_type": "t", "event_subject": "",
    "event_time": START, "event_received": START, "event_dedupe": None, "event_hops": 0,
    "event_data": json.dumps(DATA).encode(),
}  # fmt: skip


class World:
    """Drives one run as the engine does; `crash()` says whether it is lost after a commit."""

    def __init__(self, plan, outcomes, crash, slice_):
        self.plan, self.crash, self.slice = plan, crash, slice_
        self.script = {}
        self.outcomes = outcomes
        self.rows, self.sent, self.now = Rows(), {}, START
        self.intents = Intents(Redactor())
        self.draw = random.Random(1)

    def run(self):
        live = Live(7, self.plan, EVENT, self.now)
        stop = self.write(live, advance(live, self.slice))
        for _ in range(20_000):
            if not isinstance(stop, Effect | Parked | Sliced):
                return self.told(live, stop)
            live, stop = self.follow(live, stop)
        raise AssertionError("the run never ends")

    def follow(self, live, stop):
        if self.crash():
            live = self.revived(orphaned=not isinstance(stop, Parked))
            self.now = max(self.now, stop.due) if isinstance(stop, Parked) else self.now
        elif isinstance(stop, Effect):
            return self.effect(live, stop)
        elif isinstance(stop, Parked):
            self.now = max(self.now, stop.due)
            live.effects = self.rows.held(7)
        live.now = self.now
        stop = self.write(live, advance(live, self.slice))
        return (live, stop) if not isinstance(stop, Effect) else self.effect(live, stop)

    def effect(self, live, effect):
        where = effect.op.step, effect.turn
        self.sent.setdefault(where, set()).add(effect.request)
        outcome = self.outcome(where)
        live.now = self.now
        stop, state = conclude(live, effect, outcome, self.draw)
        change = [settle(live, effect, state), *self.intents.owed(live, effect)]
        return live, self.write(live, stop, change)

    def outcome(self, where):
        script = self.script.setdefault(where, list(self.outcomes[where[0]]))
        word = script.pop(0) if len(script) > 1 else script[0]
        if word == AGAIN and len(script) == 1:
            word = OK
        if word == OK:
            return Outcome(output={"at": list(where)})
        return Outcome(fault=Fault(word, "it did not work", where[0]), again=word == AGAIN)

    def write(self, live, stop, more=()):
        self.now += 1000
        stop = self.intents.vet(live, stop)
        self.rows.apply([*more, *write_down(live, stop, me=1)])
        return stop

    def revived(self, orphaned):
        row = SimpleNamespace(
            run_id=7, run_epoch=2, run_key=None, run_position=self.rows.position, **EVENT_ROW
        )
        live = revive(row, self.plan, (len(self.rows.journal), self.rows.entries), self.now)
        live.effects = self.rows.held(7)
        live.orphaned = orphaned
        return live

    def told(self, live, stop):
        """Return what the run came to, without times and tries."""
        entries = {
            (one.step, one.turn, one.kind, json.dumps(msgspec.to_builtins(one.value)))
            for one in self.rows.entries
            if one.kind not in ("intent", "error", "wait")
        }
        fault = getattr(stop, "fault", None)
        data = {} if live.undoing else {**live.context, "run": None}
        return {
            "end": type(stop).__name__,
            "fault": fault and (fault.code, fault.step),
            "journal": entries,
            "steps": json.dumps(data.get("steps"), sort_keys=True),
            "seen": seen(data),
            "undone": [where for where in self.sent if where[0].startswith("undo:")],
            "sent": self.sent,
            "open": [k for k, v in self.rows.effects.items() if v[0] == EffectState.INTENT],
        }


@pytest.fixture(autouse=True, scope="module")
def short_chunks():
    """Chunks of three turns, so that small loops have several."""
    before, step_room.CHUNK = step_room.CHUNK, 3
    yield
    step_room.CHUNK = before


@pytest.mark.chaos
@given(
    drawn=FLOWS,
    crashes=st.lists(st.booleans(), min_size=1, max_size=40),
    slice_=st.integers(min_value=1, max_value=30),
    undo=st.booleans(),
)
@settings(
    max_examples=2000 if "NEXUS_CHAOS_ROUNDS" in os.environ else 150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
def test_a_run_ends_the_same_however_often_it_is_lost_and_read_back(drawn, crashes, slice_, undo):
    plan, outcomes = made(drawn, undo)
    world = World(plan, outcomes, crash=lambda: False, slice_=10**6)
    straight = world.run()
    pattern = iter(crashes * 3)
    broken = World(plan, outcomes, crash=lambda: next(pattern, False), slice_=slice_).run()
    assert straight["open"] == broken["open"] == []
    assert broken == straight
    expected = world.rows.owed[::-1] if straight["end"] == "Undone" else []
    assert straight["undone"] == expected, "all that is owed, newest first"


def test_a_second_loop_is_read_back_without_the_steps_of_the_first():
    call = ("call", None, [OK])
    plan, outcomes = made([("for", None, 2, [call]), ("for", None, 2, [call])])
    straight = World(plan, outcomes, crash=lambda: False, slice_=10**6).run()
    for lost in range(12):
        pattern = iter([*[False] * lost, True])
        world = World(plan, outcomes, crash=lambda p=pattern: next(p, False), slice_=10**6)
        assert world.run() == straight

"""T6 and T7: what a pure step costs beyond its expression, and a loop beyond a bare one.

Called as `steps.py folder sink seconds`.
"""

import gc
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from baseline import expression_micros
from inside import Inside, opened, tell

from nexus.core.flow.template import compile_template
from nexus.core.run.change import write_down
from nexus.core.trigger.body import parse

encode = msgspec.json.encode
AMOUNT = {"amount": 150.5}
ROUNDS = 9  # the best of them: what the machine does besides is no business of the loop
PRICE = {"sku": "{{ line.sku }}", "total": "{{ line.price * line.count }}"}


def main(folder: Path, sink: str, seconds: float) -> None:
    with opened(folder, sink) as inside:
        steps = step_micros(inside, seconds)
        loops = {count: loop_costs(inside, folder, count) for count in (1_000, 10_000)}
    tell(**steps, loops=loops)


def step_micros(inside: Inside, seconds: float) -> dict[str, float]:
    """Return the microseconds of one pure step (journal line included) and of its expression."""
    context = {"event": {"data": AMOUNT}}
    rounds: list[tuple[float, float]] = []
    for _ in range(5):
        e = expression_micros("event.data.amount + 5", context, seconds / 20)
        one, ten = (begin_micros(inside, flow, seconds / 20) for flow in ("one", "w2"))
        rounds.append(((ten - one) / 9, e))
    step, e = min(rounds, key=lambda pair: pair[0] - pair[1])
    return {"step": step, "e": e}


def begin_micros(inside: Inside, flow: str, seconds: float) -> float:
    """Time a run from its event to the rows that the committer would write."""
    plan, event = inside.plan(flow), inside.event(AMOUNT)
    count, since = 0, time.thread_time()
    while (spent := time.thread_time() - since) < seconds:
        for _ in range(20):
            live, stop = inside.nexus.engine.begin(plan, event)
            write_down(live, stop, 1)
        count += 20
    return spent / count * 1e6


def loop_costs(inside: Inside, folder: Path, count: int) -> dict[str, float]:
    """Return the milliseconds of W3 and of a bare loop that keeps the same, and bytes per run."""
    items = [{"sku": f"s{number}", "price": 250, "count": number} for number in range(count)]
    body, bare = encode({"items": items}), bare_loop(folder, items)
    ours, theirs = [], []
    before = stored(folder)
    for _ in range(ROUNDS):
        theirs.append(milliseconds(bare))
        ours.append(milliseconds(lambda: inside.run("w3", body)))
    run = compile_template(PRICE, {"line"})
    output = len(encode([{"price": run({"line": item})} for item in items]))
    grown = (stored(folder) - before) / ROUNDS - len(body)
    return {"ours": min(ours), "bare": min(theirs), "db": grown, "output": output}


def bare_loop(folder: Path, items: list[dict[str, Any]]) -> Callable[[], None]:
    """Return a plain loop that reads as strictly and keeps as much, in two durable commits.

    Two, since an accepted event and its finished loop are two moments.
    """
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("create table if not exists kept(id integer primary key, body blob)")
    run, raw = compile_template(PRICE, {"line"}), encode({"items": items})

    def once() -> None:
        connection.execute("insert into kept(body) values(?)", (raw,))
        context: dict[str, Any] = {}
        made = []
        for line in parse(raw, "application/json")["items"]:
            context["line"] = line
            made.append({"price": run(context)})
        connection.execute("insert into kept(body) values(?)", (encode(made),))

    return once


def milliseconds(act: Callable[[], None]) -> float:
    gc.collect()
    since = time.perf_counter()
    act()
    return (time.perf_counter() - since) * 1000


def stored(folder: Path) -> int:
    """Return the bytes that events, runs and journal take, their indexes too."""
    connection = sqlite3.connect(folder / "nexus.db")
    row = connection.execute(
        "select sum(pgsize) from dbstat where name like '%run%' or name in "
        "('event', 'journal', 'event_dedupe')"
    ).fetchone()
    connection.close()
    return int(row[0] or 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))

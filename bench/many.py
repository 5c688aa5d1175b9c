"""Many machines: W1 on PostgreSQL, two workers beside one, and what RQ takes.

    python bench/many.py [--quick]

A table of its own, since it needs a PostgreSQL and a Redis (from wheels, or the machine's own).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import doors
import product
import psutil
import psycopg
import targets
from machine import HERE, HOST, Running, start

from nexus.core.nexus import open_nexus
from nexus.core.queue.rq import RqQueue, Waker

sys.path.insert(0, str(HERE.parent / "tests"))
import servers

DURABLE = tuple(one for one in servers.QUICK if one != "fsync=off")
NEXUS = str(Path(sys.executable).parent / "nexus")
DONE = "select count(*), coalesce(max(ended), 0) from run where state = 7"
ITEMS, STEPS = 1_000, 30
WAKE = 500  # runs
Facts = dict[str, Any]


def main() -> int:
    options = argparse.ArgumentParser(prog="many", description=__doc__)
    options.add_argument("--quick", action="store_true", help="short rounds, about a minute")
    quick = options.parse_args().quick
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nexus-many-")))
        postgres, redis = servers.Postgres(DURABLE), servers.Redis()
        stack.callback(postgres.remove)
        stack.callback(redis.remove)
        facts = {
            "front": front(folder, postgres, 1 if quick else 3, 2 if quick else 4),
            "share": share(folder, postgres, 300 if quick else 600),
            "wake_up": wake_ups(redis, 50 if quick else 200),
        }
    (HERE / "many.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(targets.show(table(facts)))
    return 0


def front(folder: Path, postgres: servers.Postgres, rounds: int, seconds: float) -> list[Facts]:
    """W1 through `nexus serve` on PostgreSQL, beside the empty route."""
    place = folder / "front"
    place.mkdir()
    url = os.environ["NEXUS_DATABASE"] = postgres.url()
    with ExitStack() as stack:
        sink, empty = (kept(stack, start(one, place)) for one in ("sink.py", "empty.py"))
        paths = product.prepare(place / "data", f"http://{HOST}:{sink.port}/sink")
        ours = kept(stack, product.serve(place / "data")[0])
        doors.press(empty, "/hooks/empty", 1)
        doors.press(ours, paths["w1"], 2)
        return [one_round(url, empty, ours, paths["w1"], seconds) for _ in range(rounds)]


def one_round(url: str, empty: Running, ours: Running, path: str, seconds: float) -> Facts:
    before = doors.press(empty, "/hooks/empty", seconds / 2)
    run = doors.press(ours, path, seconds)
    after = doors.press(empty, "/hooks/empty", seconds / 2)
    query = f"{DONE} and ended >= %s and ended < %s"
    (done, _) = ask(url, query, (run.raw["from"], run.raw["to"]))
    h, rate = (before.acks + after.acks) / 2, done / run.raw["seconds"]
    return {"H": h, "completed": rate, "cpu": run.cpu, "p99": run.p99, "kept": rate / run.acks}


def share(folder: Path, postgres: servers.Postgres, runs: int) -> Facts:
    """A backlog of runs that cost about 20 ms of CPU each, with one worker and with two."""
    found = {}
    for workers in (1, 2):
        url = os.environ["NEXUS_DATABASE"] = postgres.url()
        place = folder / f"share{workers}"
        preload(place, runs)
        found[str(workers)] = drain(place, url, workers, runs)
    return found


def preload(place: Path, runs: int) -> None:
    """Accept runs that nobody drives yet."""
    nexus = open_nexus(place, drives=False)
    nexus.start()
    owner = nexus.people.console()
    nexus.flows.save(owner, burning())
    nexus.flows.publish(owner, "burn")
    key = nexus.hooks.list(owner)[0].path.rpartition("/")[2]
    items = list(range(ITEMS))
    for number in range(runs):
        body = json.dumps({"id": number, "items": items}).encode()
        nexus.inbox.receive(key, {"content-type": "application/json"}, body)
    nexus.close()


def burning() -> str:
    """Return a flow that does nothing but compute."""
    one = "size(event.data.items.filter(x, x % 3 == {n}).map(x, x * 2))"
    steps = [f'  - s{n}: {{set: "{{{{ {one.format(n=n)} }}}}"}}' for n in range(STEPS)]
    head = ["id: burn", "name: Burn", "trigger: [{use: core.webhook}]", "do:", "  - p: {wait: 1s}"]
    return "\n".join([*head, *steps]) + "\n"


def drain(place: Path, url: str, count: int, runs: int) -> Facts:
    """Start the workers, let them have the backlog together, and time them."""
    ask(url, "update run set due = due + 3600000000")
    words = [NEXUS, "worker", "--data", str(place)]
    workers = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        for one in workers:
            assert one.stderr is not None
            one.stderr.readline()
        cpu = sum(spent(one.pid) for one in workers)
        began = time.time_ns() // 1000
        ask(url, "update run set due = 1")
        while (seen := ask(url, DONE))[0] < runs:
            time.sleep(0.1)
        cpu = sum(spent(one.pid) for one in workers) - cpu
    finally:
        for one in workers:
            one.terminate()
            one.communicate(timeout=30)
    return {"rate": runs / (seen[1] - began) * 1e6, "cpu": cpu / runs * 1000}


def wake_ups(redis: servers.Redis, count: int) -> float:
    """Return the CPU of one wake-up in microseconds, from the sender to the worker's end of it."""
    queue = RqQueue(redis.url, "bench")
    waker = Waker(redis.url, "bench", lambda patience: None)
    since = time.process_time()
    for _ in range(count):
        queue._send()
        waker.work(burst=True, max_jobs=1)
    return (time.process_time() - since) / count * 1e6


def table(facts: Facts) -> list[targets.Row]:
    """Return the lines, as the other table has them."""
    rounds, (one, two) = facts["front"], (facts["share"][name] for name in ("1", "2"))
    done = median(r["completed"] / r["H"] for r in rounds)
    rate, micros = (median(r[name] for r in rounds) for name in ("completed", "cpu"))
    gain = two["rate"] / one["rate"]
    text = f"{gain:.2f}x ({one['rate']:.0f}/s, then {two['rate']:.0f}/s; {one['cpu']:.1f} ms each)"
    added = facts["wake_up"] / WAKE / micros * 100
    carried = f"{added:.1f} % ({facts['wake_up'] / 1000:.1f} ms a wake-up)"
    kept = median(r["kept"] for r in rounds)
    return [
        targets.least(
            "-", "W1 on PostgreSQL, c=16", 0.35, done, f"{done:.2f} H ({rate:,.0f}/s)", " H"
        ),
        targets.least("-", "W1 on PostgreSQL completed per ack", 0.97, kept),
        targets.least("-", "two workers beside one, 20 ms of CPU a run", 1.6, gain, text, "x"),
        targets.most(
            "T14", f"what RQ adds to W1 at {WAKE} runs a wake-up", 5, added, carried, " %"
        ),
    ]


def ask(url: str, query: str, values: tuple[Any, ...] | None = None) -> tuple[int, ...]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchone() if cursor.description else ()


def spent(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def kept(stack: ExitStack, running: Running) -> Running:
    """Stop it at the end, whatever happens."""
    stack.callback(running.stop)
    return running


if __name__ == "__main__":
    sys.exit(main())

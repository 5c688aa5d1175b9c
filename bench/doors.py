"""T1 to T4 and T15: through the front door, beside the empty route and design A.

One round is a block: H and F, then ours, then H and F again. When the machine changed its mind by
more than 2x in between, the round is thrown away and done again.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import product
from baseline import fdatasync_rate
from machine import HERE, Running

AT_ONCE = 16
DRIFT = 2.0
TRIES = 3
WARM = 2.0  # seconds: threads, caches and lazily loaded libraries are there afterwards


@dataclass(frozen=True)
class Doors:
    """The servers under load."""

    folder: Path
    data: Path
    paths: dict[str, str]
    empty: Running
    ours: Running
    theirs: Running


@dataclass
class Seen:
    """One load on one server: what it answered, and the CPU it took for each request."""

    acks: float
    cpu: float
    p50: float
    p99: float
    bad: int
    completed: float = 0.0
    raw: dict[str, Any] = field(default_factory=dict)


def press(server: Running, path: str, seconds: float, warm: float = 0.5) -> Seen:
    """Load one server from a process of its own with 16 connections."""
    before = server.cpu()
    words = [sys.executable, str(HERE / "load.py"), str(server.port), path, str(AT_ONCE)]
    words += [str(warm), str(seconds)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=seconds + 60, check=True)
    time.sleep(0.3)  # what is under way comes home and is paid for
    found = json.loads(done.stdout)
    cpu = (server.cpu() - before) / found["sent"] * 1e6
    return Seen(found["acks"], cpu, found["p50"], found["p99"], found["bad"], raw=found)


def measure(doors: Doors, rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Return the facts of each round that holds; every server is warmed before the first."""
    for server, path in ((doors.empty, "/hooks/empty"), (doors.theirs, "/hooks/w1")):
        press(server, path, WARM)
    for flow in ("pure", "w1"):
        press(doors.ours, doors.paths[flow], WARM)
    kept = []
    for _ in range(rounds):
        for _ in range(TRIES):
            found = one_round(doors, seconds)
            if found["drift"] <= DRIFT:
                break
        kept.append(found)
    return kept


def one_round(doors: Doors, seconds: float) -> dict[str, Any]:
    before = baselines(doors, seconds / 2)
    ack = press(doors.ours, doors.paths["pure"], seconds)
    run = press(doors.ours, doors.paths["w1"], seconds)
    after = baselines(doors, seconds / 2)
    orm = press(doors.theirs, "/hooks/w1", seconds)
    row = press(doors.theirs, "/accept/w1", seconds)
    begin, end = run.raw["from"], run.raw["to"]
    completed = product.completed(doors.data, "w1", begin, end) / run.raw["seconds"]
    drift = max(apart(one, two) for one, two in zip(before, after, strict=True))
    h, h_cpu, f = ((one + two) / 2 for one, two in zip(before, after, strict=True))
    return {
        "drift": drift,
        "H": h,
        "Hcpu": h_cpu,
        "F": f,
        "ack": vars(ack),
        "run": vars(run),
        "completed": completed,
        "orm": vars(orm),
        "orm_row": vars(row),
    }


def baselines(doors: Doors, seconds: float) -> tuple[float, float, float]:
    """Return H, its CPU and F."""
    h = press(doors.empty, "/hooks/empty", seconds)
    return h.acks, h.cpu, fdatasync_rate(doors.folder, 0.4)


def apart(one: float, two: float) -> float:
    return max(one, two) / min(one, two)


def middle(rounds: list[dict[str, Any]], fact: Any) -> float:
    """Return the median over the rounds of a fact of each."""
    return float(median(fact(one) for one in rounds))

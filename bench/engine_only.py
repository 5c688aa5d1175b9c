"""T5: W1 with 64 runs at a time, without a front door; and the same of design A.

Called as `engine_only.py nexus|design-a folder sink seconds`.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import design_a
import msgspec
import product
from inside import W1, Inside, opened, tell

AT_ONCE = 64


def nexus(folder: Path, sink: str, seconds: float) -> None:
    with opened(folder, sink) as inside:
        commits = {flow: alone(inside, flow) for flow in ("pure", "w2", "w1")}
        crowd(lambda: inside.run("w1"), 0.5)
        before, commits_before, size = inside.completed, inside.commits, product.size(folder)
        spent, cpu = crowd(lambda: inside.run("w1"), seconds)
        done = inside.completed - before
        together = done / (inside.commits - commits_before)
        grown = (product.size(folder) - size) / done
    facts = {"together": together, "commits": commits, "bytes": grown}
    tell(rate=done / spent, cpu=cpu / done * 1e6, **facts)


def alone(inside: Inside, flow: str) -> float:
    """Return how many commits a run takes when no other is under way."""
    before = inside.commits
    for _ in range(20):
        inside.run(flow)
    return (inside.commits - before) / 20


def orm(folder: Path, sink: str, seconds: float) -> None:
    sessions, http, data = (
        design_a.open_sessions(folder),
        design_a.client(),
        msgspec.json.decode(W1),
    )
    done = [0]

    def one() -> None:
        design_a.drive(sessions, http, sink, data)
        done[0] += 1

    spent, cpu = crowd(one, seconds)
    tell(rate=done[0] / spent, cpu=cpu / done[0] * 1e6)


def crowd(one: Callable[[], None], seconds: float) -> tuple[float, float]:
    """Let 64 threads do it again and again; returns wall and CPU seconds."""
    since, cpu = time.perf_counter(), time.process_time()
    end = since + seconds

    def again() -> None:
        while time.perf_counter() < end:
            one()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for ended in [pool.submit(again) for _ in range(AT_ONCE)]:
            ended.result()
    return time.perf_counter() - since, time.process_time() - cpu


if __name__ == "__main__":
    _, which, folder_, sink_, seconds_ = sys.argv
    {"nexus": nexus, "design-a": orm}[which](Path(folder_), sink_, float(seconds_))

"""`make bench`: measure W1, W2 and W3 beside their baselines and print the targets T1 to T9.

`make bench ARGS=--quick` takes a minute. Everything measured lands in bench/last.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import doors
import product
import targets
from baseline import rows_rate
from machine import HERE, HOST, Running, start

Facts = dict[str, Any]


def main() -> int:
    """Measure, print, keep; 1 only when something could not be measured."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as place:
        try:
            facts = measure(Path(place), options.quick)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or ""
            print(f"The bench could not measure: {error}\n{said[-2000:]}", file=sys.stderr)
            return 1
    (HERE / "last.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(_baselines(facts))
    print(targets.show(table(facts)))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, about a minute")
    return parser.parse_args()


def measure(folder: Path, quick: bool) -> Facts:
    """Run every block, one after another."""
    seconds = 2.0 if quick else 4.0
    with running(start("sink.py", folder)) as sink:
        url = f"http://{HOST}:{sink.port}/sink"
        facts = _front(folder, url, 1 if quick else 3, seconds)
        _say("the engine without its front door")
        facts["engine"] = inside(folder, "engine_only.py", "nexus", url, seconds)
        facts["design_a"] = inside(folder, "engine_only.py", "design-a", url, seconds)
        _say("steps and loops")
        facts["steps"] = inside(folder, "steps.py", "", url, seconds / 2)
        _say("calls in a loop")
        facts["calls"] = inside(folder, "calls.py", "", url)
        _say("parked runs")
        facts["parked"] = inside(folder, "parked.py", "", url, 5_000 if quick else 10_000)
    facts["S1"], facts["S100"] = (rows_rate(folder, count, 0.5) for count in (1, 100))
    return facts


def _front(folder: Path, sink: str, rounds: int, seconds: float) -> Facts:
    """Everything that goes through a server."""
    data = folder / "served"
    paths = product.prepare(data, sink)
    with ExitStack() as stack:
        _say("start and memory")
        starts = [_start_once(data) for _ in range(rounds)]
        ours, _ = product.serve(data)
        stack.enter_context(running(ours))
        time.sleep(2)
        pss = ours.pss()
        empty = stack.enter_context(running(start("empty.py", folder)))
        theirs = stack.enter_context(running(start("design_a.py", folder, folder, sink)))
        _say("through the front door, beside the empty route and design A")
        all_doors = doors.Doors(folder, data, paths, empty, ours, theirs)
        found = doors.measure(all_doors, rounds, seconds)
    house = {"start": median(starts), "pss": pss, "installed": product.installed()}
    return {"rounds": found, "house": house}


def _start_once(data: Path) -> float:
    server, seconds = product.serve(data)
    server.stop()
    return seconds


def inside(folder: Path, script: str, which: str, *words: object) -> Facts:
    """Run one measuring script in a process and a folder of its own."""
    place = folder / f"{Path(script).stem}-{which or 'nexus'}"
    place.mkdir()
    chosen = [which] if which else []
    command = [sys.executable, str(HERE / script), *chosen, str(place), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    found: Facts = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def running(server: Running) -> Iterator[Running]:
    """Stop the server at the end, whatever happens."""
    try:
        yield server
    finally:
        server.stop()


def table(facts: Facts) -> list[targets.Row]:
    """Return every line of the table."""
    return [
        *targets.front(facts["rounds"]),
        *targets.engine(facts["engine"], facts["design_a"]),
        *targets.steps(facts["steps"]),
        *targets.calls(facts["calls"]),
        *targets.parked(facts["parked"]),
        *targets.house(facts["house"]),
    ]


def _baselines(facts: Facts) -> str:
    rounds = facts["rounds"]
    h, cpu, f, drift = (
        doors.middle(rounds, lambda r, name=name: r[name]) for name in ("H", "Hcpu", "F", "drift")
    )
    orm = doors.middle(rounds, lambda r: r["orm"]["acks"])
    return (
        f"\nH = {h:,.0f}/s, Hcpu = {cpu:.0f} us, F = {f:,.0f}/s, S1 = {facts['S1']:,.0f}/s, "
        f"S100 = {facts['S100']:,.0f}/s, design A = {orm:,.0f} runs/s served and "
        f"{facts['design_a']['rate']:,.0f} alone; H and F moved by {drift:.2f}x inside a round\n"
    )


def _say(what: str) -> None:
    print(f"measuring {what} ...", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

"""Lives in which something is looked after; each is a process that may be told where to crash.

Reads lines of JSON, `[WHAT, DATA, FILE, POINT]`, forks a life for each, and answers its exit code.

WHAT is fill, backup, restore or sweep. POINT counts system calls of ours: `rename:N` dies before
the Nth file gets its name, `piece:N` in the Nth progress of a copy, `commit:N` before the Nth
commit of a sweep, `room:N` before the Nth time that pages are given back, `-` never.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from nexus.core.clock import SECOND, SystemClock
from nexus.core.nexus import open_nexus
from nexus.core.store import prune, snapshot
from nexus.core.upkeep.restore import restore

FLOW = "id: greet\nname: Greet\ntrigger: [{use: core.webhook}]\ndo: [{a: {set: 1}}]\n"


class Ahead(SystemClock):
    def now(self) -> int:
        return super().now() + 100 * 24 * 3600 * SECOND


def dying(point: str, name: str, inner):
    """Return `inner`, which ends this process at its Nth call when the point says so."""
    which, _, number = point.partition(":")
    left = int(number or 0) if which == name else 0

    def call(*given, **more):
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(137)
        return inner(*given, **more)

    return call


def fill(data: Path) -> None:
    nexus = open_nexus(data)
    owner = nexus.people.console()
    nexus.flows.save(owner, FLOW)
    nexus.flows.publish(owner, "greet")
    for number in range(600):
        nexus.inbox.send(owner, "greet", {"id": number, "fat": "x" * 3000})
    nexus.close()


def back_up(data: Path, file: Path, point: str) -> None:
    nexus = open_nexus(data)
    snapshot.PAGES = 20
    progress = dying(point, "piece", lambda done, total: None)
    nexus.upkeep.backups.make(nexus.people.console(), file, True, progress)
    nexus.close()


def sweep(data: Path, point: str) -> None:
    nexus = open_nexus(data, Ahead())
    prune.give_back = dying(point, "room", prune.give_back)
    nexus.engine.committer._tell = dying(point, "commit", nexus.engine.committer._tell)
    nexus.upkeep.retention.sweep(nexus.people.console())
    nexus.upkeep.retention.wait(30)
    nexus.close()


def main(what: str, data: Path, file: Path, point: str) -> None:
    Path.replace = dying(point, "rename", Path.replace)
    if what == "fill":
        fill(data)
    elif what == "backup":
        back_up(data, file, point)
    elif what == "restore":
        restore(file, data)
    else:
        sweep(data, point)


def live(what: str, data: str, file: str, point: str) -> None:
    """Be one life; it never returns."""
    try:
        main(what, Path(data), Path(file), point)
    except BaseException:  # noqa: BLE001 - its parent is told by the exit code
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()  # nothing runs here but this loop, so a fork is safe
        if not child:
            live(*json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)

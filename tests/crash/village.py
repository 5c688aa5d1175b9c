"""One life of an installation in which flows tell each other things; it may end at a commit.

    python village.py DATA POINT

starts a run that listens, delivers the event `one` (as a provider does again and again) to a flow
that emits what the run waits for, lets everything come to rest and prints the runs as JSON. A
second run waits for the end of a third. POINT is `commit:N`, before the committer's Nth COMMIT,
`committed:N`, after it, or `-`.
"""

import importlib.util
import json
import sys
from pathlib import Path

from nexus.core.nexus import open_nexus

FLOWS = (
    """
id: child
input: {n: {type: integer}}
do: [{pause: {wait: 1s}}]
output: {twice: "{{ event.data.n * 2 }}"}
""",
    """
id: speaker
trigger: [{use: core.webhook}]
do:
  - told: {emit: {type: village.said, subject: ada, data: "{{ event.data }}"}}
  - more: {run: child, with: {n: 3}}
  - end: {set: "{{ steps.more.twice }}"}
""",
    """
id: listener
trigger: [{use: core.webhook}]
do:
  - heard: {listen: {event: village.said, match: ada, for: 1h}}
  - end: {set: "{{ steps.heard.event.data.words }}"}
""",
    """
id: hearer
trigger: [{use: core.event, with: {type: village.said}}]
do: [{end: {set: 1}}]
""",
)


def world():
    """Return the words of world.py, which lies beside this file."""
    spec = importlib.util.spec_from_file_location("world", Path(__file__).parent / "world.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def open_village(folder: str):
    nexus = open_nexus(Path(folder))
    owner = nexus.people.console()
    if not nexus.flows.list(owner):
        for source in FLOWS:
            nexus.flows.publish(owner, nexus.flows.save(owner, source).id)
    return nexus, owner


def deliver(nexus, owner, flow: str) -> None:
    (hook,) = nexus.flows.show(owner, flow).hooks
    headers = {"content-type": "application/json", "idempotency-key": flow}
    nexus.inbox.receive(hook.path.removeprefix("/hooks/"), headers, b'{"words": "hello"}')


def main(folder: str, point: str) -> None:
    nexus, owner = open_village(folder)
    found = world()
    found.crash_at(nexus.engine, point)
    nexus.start()
    deliver(nexus, owner, "listener")
    deliver(nexus, owner, "speaker")
    found.rest(nexus.database)
    rows = nexus.runs.list(owner).rows
    print(json.dumps(sorted([row.flow_id, row.state.word] for row in rows)))
    nexus.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""An installation opened inside the measuring process: the engine without its front door."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from product import publish

from nexus.core.flow.plan import Plan
from nexus.core.model.event import Event
from nexus.core.model.run import RunState
from nexus.core.nexus import Nexus, open_nexus
from nexus.core.store.statements import MOVE_RUN, NEW_RUN
from nexus.core.store.ticket import Ticket

HEADERS = {"content-type": "application/json"}
W1 = b'{"id":"A-1001","amount":150.5,"email":"ada@example.com","items":["tea","cups"]}'
STATE = {MOVE_RUN: 0, NEW_RUN: 4}  # where each write's row holds the run's state
DONE = int(RunState.DONE)


class Inside:
    """A running engine; `done` is released once for every run that is durably completed."""

    def __init__(self, nexus: Nexus, paths: dict[str, str]) -> None:
        self.nexus = nexus
        self.paths = paths
        self.completed = 0
        self.done = threading.Semaphore(0)
        nexus.engine.committer.on_commit = self._count

    def _count(self, batch: list[Ticket]) -> None:
        rows = (pair for ticket in batch if ticket.error is None for pair in ticket.change)
        ended = sum(1 for write, row in rows if write in STATE and row[STATE[write]] == DONE)
        if ended:
            self.completed += ended
            self.done.release(ended)

    @property
    def commits(self) -> int:
        return self.nexus.engine.committer.commits

    def post(self, flow: str, body: bytes = W1) -> None:
        """Deliver one webhook; returns when it is accepted."""
        self.nexus.inbox.receive(self.paths[flow].rpartition("/")[2], HEADERS, body)

    def run(self, flow: str, body: bytes = W1) -> None:
        """Deliver one webhook; returns when its run is completed."""
        self.post(flow, body)
        if not self.done.acquire(timeout=60):
            raise RuntimeError(f"a run of {flow} did not end in 60 s")

    def plan(self, flow: str) -> Plan:
        """Return the flow's live plan."""
        address = self.nexus.inbox.book.by_name(flow)
        assert address is not None
        return address.listeners[0].plan

    def event(self, data: Any) -> Event:
        """Make an event that nobody has sent."""
        now, mint = self.nexus.clock.now(), self.nexus.engine.mint
        return Event(
            id=mint(), source="bench", type="bench", subject="", time=now, received=now, data=data
        )


@contextmanager
def opened(folder: Path, sink: str) -> Iterator[Inside]:
    """Open a fresh installation with the flows of bench/flows, and close it again."""
    nexus = open_nexus(folder)
    nexus.start()
    try:
        yield Inside(nexus, publish(nexus, sink))
    finally:
        nexus.close()


def tell(**found: Any) -> None:
    """Hand the measurements to the process that asked for them."""
    print(json.dumps(found))

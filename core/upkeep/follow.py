"""Follow what is committed: events that came in, runs that moved. Only when somebody asked for it.

The committer hands each batch over and goes on; a thread of its own reads it. When that thread
cannot keep up, what is too much is dropped and counted, for no run may wait for a log.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Full, Queue
from typing import Any

from nexus.core.model.run import RunState
from nexus.core.run.engine import Engine
from nexus.core.store.runs import find_run
from nexus.core.store.statements import MOVE_RUN, NEW_EVENT, NEW_RUN, Write
from nexus.core.store.ticket import Ticket

MOST = 5_000  # batches that may wait
TOLD = (
    RunState.WAITING,
    RunState.NEEDS_PERSON,
    RunState.DONE,
    RunState.FAILED,
    RunState.CANCELLED,
    RunState.UNDONE,
)
log = logging.getLogger("nexus.upkeep")


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """An event came in (`state` is None), or a run of a flow came to a state."""

    event: int = 0
    source: str = ""
    run: int = 0
    flow: str = ""
    state: RunState | None = None
    step: str = ""


Listener = Callable[[Happening], None]


class Follower:
    """Tells listeners what was committed, in its order, each in their own time."""

    def __init__(self, engine: Engine, listeners: tuple[Listener, ...]) -> None:
        self._engine = engine
        self._listeners = listeners
        self._queue: Queue[list[Ticket]] = Queue(MOST)
        self._flows: dict[int, str] = {}
        self.dropped = 0
        self._before = engine.committer.on_commit
        engine.committer.on_commit = self._take
        threading.Thread(target=self._live, name="follower", daemon=True).start()

    def _take(self, batch: list[Ticket]) -> None:
        self._before(batch)
        try:
            self._queue.put_nowait(batch)
        except Full:
            self.dropped += 1

    def _live(self) -> None:
        while True:
            for ticket in self._queue.get():
                if ticket.error is None:
                    for happening in self._read(ticket):
                        self._tell(happening)

    def _tell(self, happening: Happening) -> None:
        for listener in self._listeners:
            try:
                listener(happening)
            except Exception:
                log.exception("what happened could not be told")

    def _read(self, ticket: Ticket) -> Iterator[Happening]:
        for write, row in ticket.change:
            if write is NEW_EVENT:
                said = dict(zip(write.names, row, strict=True))
                yield Happening(event=said["id"], source=said["source"])
            elif write is NEW_RUN or write is MOVE_RUN:
                yield from self._moved(write, row)

    def _moved(self, write: Write, row: tuple[Any, ...]) -> Iterator[Happening]:
        said = dict(zip(write.names, row, strict=True))
        run_id, state = said.get("run") or said["id"], RunState(said["state"])
        flow = said.get("flow_id") or self._flow(run_id)
        if state.is_over:
            self._flows.pop(run_id, None)
        elif len(self._flows) < MOST:
            self._flows[run_id] = flow
        if state in TOLD:
            yield Happening(run=run_id, flow=flow, state=state, step=said["step"] or "")

    def _flow(self, run_id: int) -> str:
        if run_id in self._flows:
            return self._flows[run_id]
        row = find_run(self._engine.database, run_id)
        return str(row.flow_id) if row else ""

"""What this process has under way: effects are begun, counted, and brought home at the end."""

import asyncio
import time
from collections.abc import Awaitable, Callable

AT_ONCE = 512
LEAST = 32
SHARE = 50  # runs that one claim takes where others claim too


class Hands:
    """The tasks on the engine's loop, and how many more runs may be taken up.

    Where several workers share a database, one that took everything would leave nothing to the
    others. So it holds about as many as it ends in two seconds.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.slots = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._most = LEAST
        self._ended = 0
        self._since = time.monotonic()
        self._wanted = False
        self.on_room: Callable[[], None] = lambda: None

    def begin(self, work: "asyncio._CoroutineLike[None]") -> None:
        """Let something go on beside everything else."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def room(self) -> int:
        """Return how many runs may be taken up now; `on_room` tells when none becomes some."""
        now = time.monotonic()
        if now - self._since >= 1:
            rate = self._ended / (now - self._since)
            self._most = min(AT_ONCE, max(LEAST, int(2 * rate)))
            self._since, self._ended = now, 0
        room = self._most - len(self._tasks)
        self._wanted = room <= 0
        return max(0, min(SHARE, room))

    async def settle(self, written: Callable[[], Awaitable[object]], patience: float) -> None:
        """Let everything come home and be written down; cancel what stays out too long."""
        deadline = self._loop.time() + patience
        await written()
        while self._tasks:
            left = max(0.0, deadline - self._loop.time())
            _, late = await asyncio.wait(set(self._tasks), timeout=left)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            await written()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._ended += 1
        if self._wanted and len(self._tasks) <= self._most // 2:
            self._wanted = False
            self.on_room()

"""Wait for something, but not for ever: `asyncio.timeout` at a third of its cost.

Every effect waits once, so the difference is a few percent of a run.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Await `work` in this task, and break it off after so many seconds.

    Raises:
        TimeoutError: It took longer. Whoever else cancels the task is not mistaken for that.
    """
    task = asyncio.current_task()
    assert task is not None
    late = False

    def give_up() -> None:
        nonlocal late
        late = True
        task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, give_up)
    try:
        return await work
    except asyncio.CancelledError:
        if late and task.cancelling() == 1:
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        if late:  # also when `work` turned the cancel into something else
            task.uncancel()

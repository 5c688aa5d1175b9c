"""Which carrier takes wake-ups: this process itself, or Redis."""

import os

from nexus.core.queue.local import LocalQueue, Queue

VARIABLE = "NEXUS_REDIS"


def open_queue(installation: str, drives: bool) -> Queue:
    """Return what wakes the workers; a process that drives runs itself wakes itself."""
    url = os.environ.get(VARIABLE, "")
    if drives or not url:
        return LocalQueue()
    from nexus.core.queue.rq import RqQueue  # noqa: PLC0415 - redis and rq, first use

    return RqQueue(url, installation)

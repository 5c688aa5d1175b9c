"""Wake-ups over Redis: RQ carries them to the workers, and nothing else.

The database is the only truth. A wake-up may be lost, repeated or forged: it only says "look now".
Without Redis the workers look once a second, so nothing but time is lost.
"""

import itertools
import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from redis import Redis, RedisError
from rq import Queue as Jobs
from rq import SimpleWorker
from rq.serializers import JSONSerializer

SHARDS = 8  # wake-ups that may be under way at once; each keeps one worker at it
DRAIN = 30.0  # seconds that one job takes up runs before RQ hears from its worker again
GATHER = 0.05  # seconds: everything that is accepted meanwhile shares a wake-up
PAUSE = 5.0  # seconds until Redis is tried again
JOB = "nexus.wake"  # a name for who looks into Redis; no code is found by it
log = logging.getLogger("nexus.queue")
logging.getLogger("rq.worker").setLevel(
    logging.CRITICAL
)  # it says of each lost connection what we do


class RqQueue:
    """Sends wake-ups from a process that drives nothing. `wake` never waits for Redis."""

    def __init__(self, url: str, installation: str) -> None:
        self._redis = _connect(url)
        self._jobs = _jobs(self._redis, installation)
        self._flag = f"nexus:{installation}:awake"
        self._shards = itertools.cycle(range(SHARDS))
        self._asked = threading.Event()
        threading.Thread(target=self._live, name="wake-ups", daemon=True).start()

    def listen(self, listener: Callable[[], None]) -> None:
        """Nobody listens here: the wake-ups are for the workers."""

    def wake(self) -> None:
        """Let a worker look for work."""
        self._asked.set()

    def _live(self) -> None:
        reached = True
        while True:
            self._asked.wait()
            self._asked.clear()
            try:
                self._send()
                reached = True
            except RedisError as error:
                if reached:
                    log.warning("Redis is out of reach (%s): workers look by themselves", error)
                reached = False
                threading.Event().wait(PAUSE)
            threading.Event().wait(GATHER)

    def _send(self) -> None:
        """Put a wake-up in line, unless the one of this shard is still under way."""
        shard = next(self._shards)
        if self._redis.set(f"{self._flag}:{shard}", 1, nx=True, ex=int(DRAIN) + 5):
            self._jobs.enqueue(JOB, job_id=_job_id(shard), ttl=int(DRAIN), result_ttl=0)


class Waker(SimpleWorker):
    """Takes each job for a wake-up, whatever it says: no job names code that runs here."""

    def __init__(self, url: str, installation: str, drain: Callable[[float], None]) -> None:
        redis = _connect(url, socket_timeout=None)
        super().__init__(
            [_jobs(redis, installation)],
            name=f"nexus-{uuid.uuid4().hex}",
            connection=redis,
            serializer=JSONSerializer,
        )
        self._flag = f"nexus:{installation}:awake"
        self._drain = drain

    def execute_job(self, job: Any, queue: Any) -> None:
        """Take up runs until none is due; runs that come meanwhile need no wake-up."""
        try:
            self._drain(DRAIN)
        finally:
            shard = str(job.id).rpartition("-")[2]
            self.connection.lrem(queue.intermediate_queue_key, 0, job.id)
            self.connection.delete(f"{self._flag}:{shard}", job.key)

    def bootstrap(self, *_words: Any) -> None:
        """Begin without RQ's own log lines on stderr, and without its orders over Redis."""
        self.register_birth()  # type: ignore[no-untyped-call]

    def _install_signal_handlers(self) -> None:
        """Leave signals to the process."""


def attend(
    url: str, installation: str, drain: Callable[[float], None], stopping: threading.Event
) -> None:
    """Wait for wake-ups until the process stops, also while Redis comes and goes."""
    while not stopping.is_set():
        try:
            Waker(url, installation, drain).work()
        except (RedisError, OSError, ValueError) as error:
            log.info("no wake-ups from Redis: %s", error)
        stopping.wait(PAUSE)


def _connect(url: str, socket_timeout: float | None = 2) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=socket_timeout)


def _jobs(redis: Redis, installation: str) -> Jobs:
    return Jobs(f"nexus-{installation}", connection=redis, serializer=JSONSerializer)


def _job_id(shard: int) -> str:
    return f"nexus-wake-{shard}"

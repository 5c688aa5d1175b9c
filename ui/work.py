"""Drive runs and serve nothing: `nexus worker`, as many processes as there are cores."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import click

from nexus.core.model.problem import Problem, Refused
from nexus.core.nexus import open_nexus
from nexus.core.queue.carrier import VARIABLE as REDIS
from nexus.core.store.backend import VARIABLE as DATABASE
from nexus.ui import process
from nexus.ui.logs import install

PAUSE = 1.0  # seconds before a worker that ended is started again
log = logging.getLogger("nexus.work")


def work(data: Path, processes: int) -> None:
    """Drive runs until told to stop.

    Raises:
        Refused: The database is one that only a single process may drive runs on.
    """
    if not os.environ.get(DATABASE):
        raise Refused(_not_shared())
    if processes == 1:
        drive(data)
    else:
        _watch_over(data, processes)


def drive(data: Path) -> None:
    """Be one worker."""
    stopping = _stopping()
    nexus = open_nexus(data, alone=False)
    install(nexus, "text")
    nexus.database.on_lost = partial(process.give_up, 1)
    nexus.start()
    database = nexus.database
    click.echo(f"Nexus works on {database.backend.title} (process {os.getpid()}).", err=True)
    redis = os.environ.get(REDIS)
    if redis:
        from nexus.core.queue.rq import attend  # noqa: PLC0415 - redis and rq, first use

        words = (redis, database.installation, nexus.engine.drain, stopping)
        threading.Thread(target=attend, args=words, name="wake-ups", daemon=True).start()
    stopping.wait()
    nexus.close()


def _watch_over(data: Path, processes: int) -> None:
    """Keep so many workers alive; one that a module killed is started again."""
    stopping = _stopping()
    start = partial(_start, data)
    workers = [start() for _ in range(processes)]
    while not stopping.wait(PAUSE):
        workers = [one if one.is_alive() else start() for one in workers]
    for one in workers:
        one.terminate()
    deadline = time.monotonic() + 10
    for one in workers:
        one.join(max(0.0, deadline - time.monotonic()))


def _start(data: Path) -> BaseProcess:
    worker = multiprocessing.get_context("spawn").Process(target=_child, args=(data,))
    worker.start()
    return worker


def _child(data: Path) -> None:
    process.die_with_parent()
    drive(data)


def _stopping() -> threading.Event:
    """Return what is set once somebody asks the process to end."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _not_shared() -> Problem:
    return Problem(
        code="not_shared",
        title="A worker needs a database that several processes may share; SQLite is not one.",
        expected=f"{DATABASE}=postgresql://user:password@host:5432/name",
        hint="Set it for servers and workers alike, or just use nexus serve, which runs flows too.",
    )

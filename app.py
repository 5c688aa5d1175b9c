"""The composition root: the only file that knows every room."""

import os
import socket
import sys
import threading
import traceback
from dataclasses import dataclass
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nexus.core.model.problem import Problem, Refused
from nexus.core.store.lock import lock_folder
from nexus.ui.doors import HOME, HOPELESS, Doors

if TYPE_CHECKING:
    from flask import Flask

    from nexus.core.nexus import Nexus

THREADS = 64
LEAVE_WITHIN = 12.0  # seconds from the signal to the end; granian's parent insists after 10
HEADERS_WITHIN = 10_000  # milliseconds that a client has to send its headers
BUFFER = 65_536  # bytes of a request's head; longer ones are turned away before Python sees them
DEFAULT = Doors()
KEEP: list[object] = []  # what must live as long as the process: the lock


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What the worker has to know; it is handed over a fork or a spawn."""

    data: Path
    port: int
    demo: bool
    doors: Doors = DEFAULT
    drives: bool = True

    @property
    def url(self) -> str:
        """The address at which this server answers."""
        near = f"[{self.near}]" if ":" in self.near else self.near
        return f"http://{near}:{self.port}"

    @property
    def near(self) -> str:
        """The address under which this very machine reaches it."""
        return {"0.0.0.0": HOME, "::": "::1"}.get(self.doors.host, self.doors.host)  # noqa: S104 - compared, not bound


def create_app(nexus: "Nexus", doors: Doors = DEFAULT) -> "Flask":
    """Return the whole web application around an opened installation."""
    from nexus.ui.api import api  # noqa: PLC0415 - the parent process never needs it
    from nexus.ui.web import create_web  # noqa: PLC0415

    return create_web(nexus, secret_key=nexus.page_key, apis=[api], doors=doors)


def served(serving: Serving) -> "Flask":
    """Open the installation and return its application; runs in granian's worker.

    What cannot be opened now cannot be opened in a second either: then Nexus ends.
    """
    from nexus.ui import process  # noqa: PLC0415 - after the fork

    process.die_with_parent()
    process.clear_environment()
    try:
        return _open(serving)
    except Refused as refused:
        click.echo(f"Error: {refused}", err=True)
    except Exception:  # noqa: BLE001 - whatever it was, it is told
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(HOPELESS)


def _open(serving: Serving) -> "Flask":
    """Open the installation and start its engine.

    After the fork: threads and SQLite connections do not survive one.
    """
    from nexus.core.nexus import open_nexus  # noqa: PLC0415 - after the fork
    from nexus.ui import process  # noqa: PLC0415
    from nexus.ui.logs import install  # noqa: PLC0415

    nexus = open_nexus(serving.data, drives=serving.drives)
    install(nexus, serving.doors.log)
    nexus.database.on_lost = process.give_up
    nexus.start()
    app = create_app(nexus, serving.doors)
    process.on_signal(partial(_leave, nexus))
    Finalize(None, nexus.close, exitpriority=100)  # atexit does not run in granian's worker
    threading.Thread(target=_welcome, args=(nexus, serving), name="welcome", daemon=True).start()
    return app


def serve(data: Path, port: int, demo: bool, doors: Doors = DEFAULT, drives: bool = True) -> None:
    """Serve the installation in `data` until told to stop; without `drives`, others run flows.

    Raises:
        Refused: Another Nexus works on the folder, or the port is taken.
    """
    from granian.constants import HTTPModes, Interfaces  # noqa: PLC0415 - only serving needs it
    from granian.http import HTTP1Settings  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    from nexus.ui.supervise import Supervised  # noqa: PLC0415 - it loads granian

    KEEP.append(lock_folder(data))
    _check_port(doors.host, port)
    _warn(doors)
    serving = Serving(data=data.resolve(), port=port, demo=demo, doors=doors, drives=drives)
    click.echo(f"Nexus starts on {serving.url} with its data in {serving.data} ...", err=True)
    server = Supervised(
        "nexus",
        hopeless=HOPELESS,
        address=doors.host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # what the limits of our doors are proven for
        workers=1,
        blocking_threads=THREADS,
        backpressure=THREADS,
        log_access=False,
        log_level=LogLevels.error,
        workers_kill_timeout=10,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN, max_buffer_size=BUFFER),
    )
    server.serve(target_loader=partial(served, serving), wrap_loader=False)


def _welcome(nexus: "Nexus", serving: Serving) -> None:
    """Once the server answers: load the demo, tell the CLI where we are, print the sign-in link."""
    from nexus.ui.seed import plant  # noqa: PLC0415 - once a start
    from nexus.ui.server_file import announce  # noqa: PLC0415

    while not _answers(serving.near, serving.port):
        threading.Event().wait(0.02)
    Finalize(None, announce(nexus, serving.url), exitpriority=90)
    if serving.demo:
        try:
            plant(nexus, nexus.people.console(), "demo", serving.url)
        except Refused as refused:
            click.echo(f"The demo was not loaded: {refused}", err=True)
    link = f"{serving.url}/sign-in?token={nexus.people.link()}"
    click.echo(f"\n    Sign in (once, within 15 minutes): {link}\n", err=True)
    sys.stderr.flush()


def _warn(doors: Doors) -> None:
    """Say what it means to listen at more than this machine's own address."""
    if not doors.is_home:
        says = f"Nexus listens at {doors.host}: whoever reaches this machine reaches its doors."
        hint = "Put a proxy with TLS in front and say so: --behind-proxy 1 (docs/security.md)."
        click.echo(f"Warning: {says} {hint}", err=True)


def _family(host: str) -> socket.AddressFamily:
    """Return how the host's address is written."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _answers(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def _check_port(host: str, port: int) -> None:
    """Refuse a taken port: the server itself would silently share it."""
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            title = f"Port {port} on {host} is taken by another program."
            hint = "Stop it, or choose another port: nexus serve --port 8001"
            raise Refused(Problem(code="port_taken", title=title, hint=hint)) from None


def _leave(nexus: "Nexus") -> None:
    """Let streams end at once, and end by force what does not end by itself.

    Granian's parent process would do the latter; when that is what died, nobody else does.
    """
    nexus.pulse.stop()
    last = threading.Timer(LEAVE_WITHIN, os._exit, (1,))
    last.daemon = True
    last.start()


def main() -> None:
    """Run the command line."""
    from nexus.ui.cli import run  # noqa: PLC0415 - the worker never needs it

    run(serve=serve, create_app=create_app)

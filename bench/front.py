"""The same WSGI server as the product's, around any Flask application."""

from collections.abc import Callable

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from machine import HOST

from nexus.app import THREADS


def serve(port: int, make: Callable[[], Flask]) -> None:
    """Serve until told to stop, with the product's settings; `make` runs in the worker."""
    server = Server(
        "bench",
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backpressure=THREADS,
        log_access=False,
        log_level=LogLevels.error,
        websockets=False,
    )
    server.serve(target_loader=make, wrap_loader=False)

"""What every process of ours does at its start and its end: `nexus serve` and `nexus worker`."""

import ctypes
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

from nexus.ui.doors import HOPELESS

KEEP: list[object] = []  # what must live as long as the process: the signal socket


def die_with_parent() -> None:
    """End when the parent process does, so that no orphan goes on (Linux only)."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent's handler came along with the fork
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() == 1:
            sys.exit("The parent process is gone.")


def give_up(code: int = HOPELESS) -> None:
    """End, once those who wait have heard that nothing was kept.

    By the usual code a server's parent ends too, with exit code 1.
    """
    threading.Timer(0.5, os._exit, (code,)).start()


def clear_environment() -> None:
    """Forget variables that a WSGI request would show as headers."""
    for name in [name for name in os.environ if name.startswith("HTTP_")]:
        del os.environ[name]


def on_signal(act: Callable[[], None]) -> None:
    """Call `act` when a signal arrives; granian owns the handlers, the wake-up fd sees it too."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    KEEP.append(theirs)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)

    def watch() -> None:
        while ours.recv(16):
            act()

    threading.Thread(target=watch, name="signals", daemon=True).start()

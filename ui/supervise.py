"""The parent process: it holds the port and the folder's lock, and starts a dead worker again."""

import multiprocessing
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import click
from granian.server.mp import MPServer

DEATHS, WITHIN = 10, 60.0  # that many deaths in that many seconds are a loop
PAUSE = 0.1  # seconds before a new start, for each death in the last minute


class Supervised(MPServer):
    """Granian with one worker, which is started again when it dies.

    Granian's own way to do so gives up when a worker lives for less than six seconds; an action
    that kills its process would take the site down before its tries are used up.
    """

    def __init__(self, *words: Any, hopeless: int, **options: Any) -> None:
        """`hopeless` is the worker's exit code when a new one would only end the same way."""
        if sys.platform == "linux":  # only a fork shares the lock on the folder
            multiprocessing.set_start_method("fork", force=True)
        super().__init__(*words, **options)
        self._hopeless = hopeless
        self._deaths: deque[float] = deque(maxlen=DEATHS - 1)
        self._hears_hang_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN

    def signal_handler_reload(self, *words: Any, **more: Any) -> None:
        """Stop when the terminal is gone: a reload would let two workers overlap on one folder."""
        if self._hears_hang_up:
            super().signal_handler_interrupt(*words, **more)  # type: ignore[no-untyped-call]

    def _serve_loop(self, spawn_target: Any, target_loader: Callable[..., Any]) -> None:
        """Wait for a signal or a death; who returns with dead children exits with 1."""
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            if self.interrupt_signal or not self.interrupt_children:
                continue
            if not self._may_go_on():
                return
            self.interrupt_children.clear()
            if not self.interrupt_signal:
                self._respawn_workers([0], spawn_target, target_loader)

    def _may_go_on(self) -> bool:
        """Say what happened to the worker, and whether a new one is worth starting."""
        code = self.wrks[0].inner.exitcode
        if code == self._hopeless:
            return False
        now = time.monotonic()
        if len(self._deaths) == DEATHS - 1 and now - self._deaths[0] < WITHIN:
            says = f"The worker died {DEATHS} times within {WITHIN:.0f} seconds: Nexus ends."
            click.echo(f"Error: {says} The lines above say why it died.", err=True)
            return False
        self._deaths.append(now)
        click.echo(f"The worker died ({_cause(code)}) and is started again.", err=True)
        recent = sum(now - death < WITHIN for death in self._deaths)
        self.main_loop_interrupt.wait(PAUSE * (recent - 1))
        return True


def _cause(code: int | None) -> str:
    """Say how a process ended."""
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"

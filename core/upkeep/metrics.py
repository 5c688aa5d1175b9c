"""Figures for Prometheus, read when it asks; no run pays anything for them.

Labels come from closed sets (states) or are cut off (flows), so that no sender can make series.
"""

import os
import resource
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

from nexus.core.clock import SECOND, Clock
from nexus.core.host.catalog import LoadedCatalog
from nexus.core.model.actor import Actor
from nexus.core.people.policy import allow
from nexus.core.run.engine import Engine
from nexus.core.store import figures, prune

FRESH = 5.0  # seconds for which an answer holds, however often somebody asks
MOST_FLOWS = 100
PAGE = os.sysconf("SC_PAGE_SIZE")
Labels = dict[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """One family: its name, `gauge` or `counter`, what it says, and its samples."""

    name: str
    kind: str
    says: str
    samples: tuple[tuple[Labels, float], ...]


class Metrics:
    """Reads the figures and writes them as Prometheus reads them (text format 0.0.4)."""

    def __init__(self, engine: Engine, catalog: LoadedCatalog, clock: Clock) -> None:
        self._engine = engine
        self._database = engine.database
        self._catalog = catalog
        self._clock = clock
        self._lock = threading.Lock()
        self._said, self._at = "", float("-inf")

    def show(self, actor: Actor) -> str:
        """Return every figure, to somebody who has the right to see how it goes."""
        allow(actor, "installation", "read")
        return self.text()

    def text(self) -> str:
        """Return every figure; for whoever asks on this very machine."""
        with self._lock:
            if time.monotonic() - self._at > FRESH:
                self._said = "".join(_written(one) for one in self._all())
                self._at = time.monotonic()
            return self._said

    def _all(self) -> Iterator[Metric]:
        yield from self._installation()
        yield from self._work()
        yield from self._disk()
        yield from _process()

    def _installation(self) -> Iterator[Metric]:
        hold = self._database.hold
        about = {"version": version("nexus"), "copy": hold.copy}
        yield Metric("nexus_info", "gauge", "What runs here.", ((about, 1),))
        yield _one("nexus_on_hold", "gauge", "1 while nothing is accepted or sent.", hold.is_on)
        states = [row.state for row in self._catalog.modules()]
        modules = tuple(({"state": one}, states.count(one)) for one in sorted({*states}))
        yield Metric("nexus_modules", "gauge", "Modules by state.", modules)

    def _work(self) -> Iterator[Metric]:
        committer, now = self._engine.committer, self._clock.now()
        yield _one("nexus_commits_total", "counter", "Commits since the start.", committer.commits)
        yield _one("nexus_backlog", "gauge", "Changes that wait for the disk.", committer.backlog)
        counts = figures.live_counts(self._database).items()
        runs = tuple(({"state": state.word}, number) for state, number in counts)
        yield Metric("nexus_runs", "gauge", "Runs in which something may still happen.", runs)
        yield Metric("nexus_flow_trouble", "gauge", "Runs that stopped, by flow.", self._by_flow())
        oldest = figures.oldest(self._database, now)
        late = tuple(
            ({"kind": kind}, max(0, now - since) / SECOND if since else 0)
            for kind, since in (("due", oldest.due), ("ready", oldest.ready))
        )
        yield Metric("nexus_oldest_seconds", "gauge", "How late the latest run is.", late)

    def _by_flow(self) -> tuple[tuple[Labels, float], ...]:
        found = figures.trouble(self._database).items()
        worst = sorted(found, key=lambda pair: -sum(pair[1].values()))[:MOST_FLOWS]
        return tuple(
            ({"flow": flow, "state": state.word}, many)
            for flow, counts in worst
            for state, many in counts.items()
        )

    def _disk(self) -> Iterator[Metric]:
        database = self._database
        size, wal = prune.file_size(database), figures.wal_size(database)
        free = shutil.disk_usage(database.folder).free
        yield _one("nexus_database_bytes", "gauge", "The database's files.", size)
        yield _one("nexus_wal_bytes", "gauge", "Of these, the write-ahead log.", wal)
        yield _one("nexus_disk_free_bytes", "gauge", "Left on the disk of the data.", free)


def _process() -> Iterator[Metric]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    yield _one("process_cpu_seconds_total", "counter", "CPU of this process.", cpu)
    yield _one("process_threads", "gauge", "Threads of this process.", threading.active_count())
    yield _one("process_resident_memory_bytes", "gauge", "Memory of this process.", _resident())


def _resident() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a kernel's file
            return int(file.read().split()[1]) * PAGE
    except OSError:  # no Linux: the most that it ever took
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _one(name: str, kind: str, says: str, value: float) -> Metric:
    return Metric(name, kind, says, (({}, value),))


def _written(metric: Metric) -> str:
    head = f"# HELP {metric.name} {metric.says}\n# TYPE {metric.name} {metric.kind}\n"
    return head + "".join(_lines(metric.name, metric.samples))


def _lines(name: str, samples: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    for labels, value in samples:
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{told}}} {_number(value)}\n" if told else f"{name} {_number(value)}\n"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")

"""The product as it ships: a fresh data folder with the flows of bench/flows, and `nexus serve`."""

import sqlite3
import sys
import time
from importlib.metadata import Distribution, distribution
from pathlib import Path
from urllib.request import urlopen

from machine import HERE, HOST, Running, free_port

from nexus.core.nexus import Nexus, open_nexus

DONE = 7
COUNT = "select count(*) from run where flow_id = ? and state = ? and ended >= ? and ended < ?"


def prepare(folder: Path, sink: str) -> dict[str, str]:
    """Publish every flow of bench/flows and return their webhook addresses by flow."""
    nexus = open_nexus(folder)
    paths = publish(nexus, sink)
    nexus.close()
    return paths


def publish(nexus: Nexus, sink: str) -> dict[str, str]:
    """Set the connection to the sink and publish; returns the webhook addresses by flow."""
    actor = nexus.people.console()
    nexus.connections.set(actor, "sink", "http", {"base_url": sink}, ["127.0.0.1/32"])
    for path in sorted((HERE / "flows").glob("*.yaml")):
        nexus.flows.save(actor, path.read_bytes(), path.name)
        nexus.flows.publish(actor, path.stem)
    return {row.name: str(row.path) for row in nexus.hooks.list(actor)}


def serve(folder: Path) -> tuple[Running, float]:
    """Start `nexus serve`; returns it and the seconds to its first answer."""
    port = free_port()
    nexus = Path(sys.executable).parent / "nexus"
    words = [str(nexus), "serve", "--data", str(folder), "--port", str(port)]
    words += ["--limit", "hooks=10000000/minute"]  # one sender stands for all here
    since = time.monotonic()
    running = Running(words, port, folder / f"serve-{port}.log")
    running.wait()
    with urlopen(f"http://{HOST}:{port}/healthz", timeout=10) as answer:
        answer.read()
    return running, time.monotonic() - since


def completed(folder: Path, flow: str, begin: int, end: int) -> int:
    """Count a flow's runs that ended well between two moments."""
    connection = sqlite3.connect(f"file:{folder}/nexus.db?mode=ro", uri=True)
    row = connection.execute(COUNT, (flow, DONE, begin, end)).fetchone()
    connection.close()
    return int(row[0])


def size(folder: Path) -> int:
    """Return the bytes of the database, its log written back."""
    connection = sqlite3.connect(folder / "nexus.db")
    connection.execute("pragma wal_checkpoint(truncate)")
    pages = connection.execute("pragma page_count").fetchone()[0]
    free = connection.execute("pragma freelist_count").fetchone()[0]
    per_page = connection.execute("pragma page_size").fetchone()[0]
    connection.close()
    return int((pages - free) * per_page)


def installed() -> float:
    """Return the MB on disk of every package in requirements.lock."""
    lock = (HERE.parent / "requirements.lock").read_text().splitlines()
    names = [line.partition("==")[0] for line in lock if "==" in line and line[0].isalnum()]
    return sum(_bytes(found) for name in names if (found := _find(name))) / 1e6


def _find(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except ModuleNotFoundError:  # only needed on another platform
        return None


def _bytes(package: Distribution) -> int:
    files = [Path(str(package.locate_file(file))) for file in package.files or []]
    return sum(file.stat().st_size for file in files if file.is_file())

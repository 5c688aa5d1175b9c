"""Raw baselines of the machine in this very minute: the disk, one expression, plain SQLite."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from nexus.core.flow.expr import compile_expr

BLOCK = 8192
SPAN = 16 << 20


def fdatasync_rate(folder: Path, seconds: float) -> float:
    """F: durable overwrites of 8 kB per second."""
    handle = os.open(folder / "f.bin", os.O_RDWR | os.O_CREAT)
    if os.fstat(handle).st_size < SPAN:
        os.write(handle, bytes(SPAN))
        os.fsync(handle)
    count, since = 0, time.perf_counter()
    while (spent := time.perf_counter() - since) < seconds:
        os.pwrite(handle, os.urandom(BLOCK), count * BLOCK % SPAN)
        os.fdatasync(handle)
        count += 1
    os.close(handle)
    return count / spent


def expression_micros(source: str, context: dict[str, Any], seconds: float) -> float:
    """E: microseconds that one compiled expression takes."""
    run = compile_expr(source)
    count, since = 0, time.thread_time()
    while (spent := time.thread_time() - since) < seconds:
        for _ in range(100):
            run(context)
        count += 100
    return spent / count * 1e6


def rows_rate(folder: Path, per_commit: int, seconds: float) -> float:
    """S1, S100: rows per second of plain sqlite3 with synchronous=FULL."""
    connection = sqlite3.connect(folder / f"s{per_commit}.db", isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("create table if not exists row(id integer primary key, body blob)")
    rows, count, since = [(bytes(200),)] * per_commit, 0, time.perf_counter()
    while (spent := time.perf_counter() - since) < seconds:
        connection.execute("begin immediate")
        connection.executemany("insert into row(body) values(?)", rows)
        connection.execute("commit")
        count += per_commit
    connection.close()
    return count / spent

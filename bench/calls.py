"""T8: a loop of 1,000 HTTP calls; beside it the bare client (X) and direct commits.

Called as `calls.py folder sink`.
"""

import asyncio
import sqlite3
import sys
import time
from pathlib import Path

import msgspec
import uvloop
from inside import opened, tell

from nexus.core.http import BoundClient, read_allow

ITEMS = [{"sku": f"s{number}"} for number in range(1_000)]
HEADERS = {"content-type": "application/json", "idempotency-key": "bench"}


def main(folder: Path, sink: str) -> None:
    alone, crowd, direct = uvloop.run(bare(folder, sink))
    body = msgspec.json.encode({"items": ITEMS})
    with opened(folder, sink) as inside:
        inside.run("w1")
        since, before = time.perf_counter(), inside.commits
        inside.run("w3h", body)
        ours = len(ITEMS) / (time.perf_counter() - since)
        commits = (inside.commits - before) / len(ITEMS)
    tell(ours=ours, commits=commits, alone=alone, crowd=crowd, direct=direct)


async def bare(folder: Path, sink: str) -> tuple[float, float, float]:
    """Return calls per second of the client: one after another, 64 at once, with direct commits."""
    client = BoundClient(read_allow(["127.0.0.1/32"]))
    await one(client, sink, ITEMS[0])
    alone = await rate(client, sink, 1)
    crowd = await rate(client, sink, 64)
    return alone, crowd, await with_commits(client, sink, folder)


async def one(client: BoundClient, sink: str, item: dict[str, str]) -> bytes:
    answer = await client.send("POST", sink, headers=HEADERS, body=msgspec.json.encode(item))
    return answer.body


async def rate(client: BoundClient, sink: str, at_once: int) -> float:
    todo, since = iter(ITEMS), time.perf_counter()

    async def worker() -> None:
        for item in todo:
            await one(client, sink, item)

    await asyncio.gather(*(worker() for _ in range(at_once)))
    return len(ITEMS) / (time.perf_counter() - since)


async def with_commits(client: BoundClient, sink: str, folder: Path) -> float:
    """One after another, each with an intent and an answer committed by plain sqlite3."""
    connection = sqlite3.connect(folder / "direct.db", isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("create table kept(id integer primary key, body blob)")
    since = time.perf_counter()
    for item in ITEMS:
        connection.execute("insert into kept(body) values(?)", (msgspec.json.encode(item),))
        body = await one(client, sink, item)
        connection.execute("insert into kept(body) values(?)", (body,))
    connection.close()
    return len(ITEMS) / (time.perf_counter() - since)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

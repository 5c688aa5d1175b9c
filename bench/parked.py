"""T9: what a run costs while it waits: bytes on disk beyond its own data, and memory.

Called as `parked.py folder sink count`. The first `count` runs fill every cache; what memory the
next take is what parking costs.
"""

import gc
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from inside import Inside, opened, tell

PORTION = 500
SIZES = """
select sum(pgsize) from dbstat
where name in ('event', 'event_dedupe', 'run', 'journal')
   or name in (select name from sqlite_master where type = 'index' and tbl_name = 'run')
"""
ROW = """
select sum(pgsize) from dbstat
where name = 'run' or name in
   (select name from sqlite_master where type = 'index' and tbl_name = 'run')
"""
CTX = """
select (select sum(length(data)) from event) + (select sum(length(entries)) from journal)
"""


def main(folder: Path, sink: str, count: int) -> None:
    with opened(folder, sink) as inside:
        park(inside, count)
        before = resident()
        park(inside, count)
        grown = resident() - before
        whole, row, ctx = (bytes_ / count / 2 for bytes_ in measured(folder))
    tell(whole=whole, row=row, ctx=ctx, memory=grown / 1e6 * 10_000 / count)


def park(inside: Inside, count: int) -> None:
    with ThreadPoolExecutor(32) as pool:
        for _ in range(count // PORTION):  # a long list of what is to be done would be measured too
            for _ in pool.map(inside.post, ["wait"] * PORTION):
                pass


def resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def measured(folder: Path) -> list[int]:
    connection = sqlite3.connect(folder / "nexus.db")
    found = [connection.execute(query).fetchone()[0] for query in (SIZES, ROW, CTX)]
    connection.close()
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))

"""Kill a real server at random under load, again and again: nothing acknowledged is ever lost.

The short form is part of `make test`; `make chaos` does ROUNDS rounds.
"""

import os
import random
import sqlite3
import time

import pytest

ROUNDS = int(os.environ.get("NEXUS_CHAOS_ROUNDS", "3"))
WAYS = ("worker", "parent", "both")


@pytest.mark.chaos
@pytest.mark.xdist_group("processes")
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path, server, client, audit):
    seed = int(os.environ.get("NEXUS_CHAOS_SEED", random.randrange(10**6)))
    draw = random.Random(seed)
    for turn in range(ROUNDS):
        server.start()
        time.sleep(draw.uniform(0.5, 2.5))
        server.kill(WAYS[turn % len(WAYS)])
    server.start()
    client.finish()
    assert runs_end(tmp_path / "data" / "nexus.db", seconds=30) == []
    assert server.stop() == 0
    found = audit()
    print(f"\nchaos, seed {seed}, {ROUNDS} kills: {found}, answers {client.statuses}")
    assert found["findings"] == []
    assert found["acknowledged"] > 20 * ROUNDS
    assert set(client.statuses) <= {200, 202, 503}


def runs_end(path, seconds):
    """Wait until every run is over; return those that are not."""
    query = "select id, state, owner, due from run where state not in (7, 8, 9)"
    end = time.monotonic() + seconds
    while True:
        with sqlite3.connect(path) as connection:
            left = connection.execute(query).fetchall()
        connection.close()
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)

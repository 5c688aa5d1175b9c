"""End the process at each commit of flows that tell each other things; nothing is told twice."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("processes")
VILLAGE = str(Path(__file__).parent / "village.py")
POINTS = [*(f"commit:{number}" for number in range(1, 6)), "committed:2", "committed:4"]
DONE = [[flow, "done"] for flow in ("child", "hearer", "listener", "speaker")]


def live(folder, point="-"):
    command = [sys.executable, VILLAGE, str(folder), point]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 137), done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else None


def ask(folder, query):
    connection = sqlite3.connect(folder / "nexus.db")
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize("point", POINTS)
def test_what_is_told_is_told_once_and_heard_once_wherever_it_crashes(tmp_path, point):
    assert live(tmp_path, point)[0] == 137, "there are at least five commits"
    code, told = live(tmp_path)
    assert (code, told) == (0, DONE)
    assert ask(tmp_path, "select count(*) from event where type = 'village.said'") == [(1,)]
    assert ask(tmp_path, "select count(*) from event where type = 'core.run.ended'") == [(1,)]
    assert ask(tmp_path, "select count(*) from listener") == [(0,)]
    entries = [
        entry
        for (row,) in ask(tmp_path, "select entries from journal")
        for entry in json.loads(row)
    ]
    for step in ("heard", "told", "more"):
        assert len([one for one in entries if one[:2] == [step, "done"]]) == 1

"""Killed in the middle of a backup, a restore or a sweep: nothing is lost, and it goes on later."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nexus.core.upkeep.restore import check

WORLD = str(Path(__file__).parent / "upkeep.py")


@pytest.fixture(scope="module")
def live():
    """Return what lives one life and returns its exit code."""
    lives = subprocess.Popen(
        [sys.executable, WORLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def one(what, data, file, point="-"):
        lives.stdin.write(json.dumps([what, str(data), str(file), point]) + "\n")
        lives.stdin.flush()
        code = int(lives.stdout.readline())
        assert code in (0, 137)
        return code

    yield one
    lives.stdin.close()
    lives.wait(timeout=10)
    lives.stdout.close()


def counted(folder):
    connection = sqlite3.connect(folder / "nexus.db")
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    rows = [
        connection.execute(f"select count(*) from {name}").fetchone()[0]
        for name in ("run", "event", "journal")
    ]
    connection.close()
    return rows


@pytest.fixture(scope="module")
def filled(live, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled") / "data"
    assert live("fill", folder, "-") == 0
    return folder


@pytest.fixture
def data(filled, tmp_path):
    shutil.copytree(filled, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize("point", ["piece:1", "piece:20", "rename:1"])
def test_a_killed_backup_leaves_the_one_before_it_whole(live, data, tmp_path, point):
    file = tmp_path / "a.nexus"
    assert live("backup", data, file) == 0
    before = file.read_bytes()
    assert live("backup", data, file, point) == 137
    assert file.read_bytes() == before
    assert counted(data)[:2] == [600, 600]
    assert live("backup", data, file) == 0
    assert check(file)
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


@pytest.mark.parametrize("point", ["rename:1", "rename:2"])
def test_a_killed_restore_leaves_no_half_installation(live, data, tmp_path, point):
    file, copy = tmp_path / "a.nexus", tmp_path / "copy"
    (data / "audit-anchors.log").touch()
    assert live("backup", data, file) == 0
    assert live("restore", copy, file, point) == 137
    assert not (copy / "nexus.db").exists()
    assert live("restore", copy, file) == 0
    assert counted(copy)[:2] == [600, 600]


@pytest.mark.parametrize("point", ["commit:2", "commit:5", "room:1", "room:6"])
def test_a_killed_sweep_removed_whole_runs_and_is_gone_on_with(live, data, point):
    assert live("sweep", data, "-", point) == 137
    runs, events, journal = counted(data)
    assert runs == events == journal
    assert runs < 600
    assert live("sweep", data, "-") == 0
    assert counted(data) == [0, 0, 0]
    assert (data / "nexus.db").stat().st_size < 1_000_000

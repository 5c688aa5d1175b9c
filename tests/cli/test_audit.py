"""`nexus audit`: list, export, verify, offline and with exit codes."""

import csv
import io
import json
import sqlite3

import pytest

from nexus.ui.deeds import harmless, read_time


@pytest.fixture
def tokens(nexus):
    for name in ("plain", "=1+2", "@SUM(A1)"):
        nexus("token", "new", name)


def test_rows_are_listed_as_sentences_and_filtered(nexus, tokens):
    said = nexus("audit", "list")
    assert "Owner made the API token plain" in said.out
    only = json.loads(nexus("audit", "list", "--text", "plain", "--json").out)["rows"]
    assert [row["says"] for row in only] == ["Owner made the API token plain"]
    assert json.loads(nexus("audit", "list", "--action", "flow", "--json").out)["rows"] == []
    assert json.loads(nexus("audit", "list", "--until", "2020-01-01", "--json").out)["rows"] == []
    assert nexus("audit", "list", "--since", "yesterday").code == 1
    paged = nexus("audit", "list", "--limit", "1")
    assert "More: --cursor" in paged.out


def test_an_export_holds_every_row_and_no_formula(nexus, tokens):
    rows = list(csv.DictReader(io.StringIO(nexus("audit", "export").out)))
    assert len(rows) == 3
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    told = [
        json.loads(line)
        for line in nexus("audit", "export", "--format", "json").out.split("\n")
        if line
    ]
    assert [row["meta"]["name"] for row in told] == ["@SUM(A1)", "=1+2", "plain"]


def test_a_whole_log_is_zero_and_a_changed_one_is_three(nexus, tokens, folder):
    assert nexus("audit", "verify").code == 0
    with sqlite3.connect(folder / "nexus.db") as thief:
        for (name,) in thief.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            thief.execute(f"drop trigger {name}")
        thief.execute("update audit set meta = replace(meta, 'plain', 'plane')")
    said = nexus("audit", "verify")
    assert (said.code, "Row 1 was changed" in said.out) == (3, True)
    verdict = json.loads(nexus("audit", "verify", "--json").out)
    assert (verdict["fine"], verdict["seq"]) == (False, 1)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "\n@x"])
def test_a_cell_that_a_spreadsheet_would_compute_is_made_harmless(cell):
    assert harmless(cell) == f"'{cell}"


def test_a_plain_cell_stays_as_it_is():
    assert [harmless(cell) for cell in ("", "a=1", "flow:x", "2026-11-22")] == [
        "", "a=1", "flow:x", "2026-11-22"
    ]  # fmt: skip


def test_days_and_times_are_read():
    day = 86_400_000_000
    assert read_time("1970-01-02") == day
    assert read_time("1970-01-02", end=True) == 2 * day
    assert read_time("1970-01-01T01:00:00+01:00") == 0
    assert read_time("") is None

"""End the process at each point of a money run's way; a restart must put it right."""

import pytest

pytestmark = pytest.mark.xdist_group("processes")
POINTS = ("commit:1", "committed:1", "call", "accepted", "commit:2", "committed:2")
SURE = {"commit:1", "committed:2"}  # nothing was under way: nothing is in doubt


def wholeness(installation):
    if not installation.store.is_postgres:
        assert installation.ask("pragma integrity_check") == [("ok",)]
    assert installation.ask("select count(*) from event") == [(1,)]
    assert installation.ask("select count(*) from run") == [(1,)]
    seqs = [seq for (seq,) in installation.ask("select seq from journal order by seq")]
    assert seqs == list(range(len(seqs)))


@pytest.mark.parametrize("point", POINTS)
def test_a_charge_with_a_provider_key_is_made_exactly_once(installation, point):
    assert installation.live("money", "key", point)[0] == 137
    code, told = installation.live("money", "key")
    assert code == 0
    assert told["repeat"] is (point != "commit:1")
    assert [run["state"] for run in told["runs"]] == ["done"]
    assert len(set(installation.calls)) == 1, "one key, one body: the provider charges once"
    assert installation.ask("select state from effect") == [(2,)]
    wholeness(installation)


@pytest.mark.parametrize("point", POINTS)
def test_a_charge_without_a_key_is_made_at_most_once_and_a_doubt_is_said(installation, point):
    assert installation.live("money", "none", point)[0] == 137
    code, told = installation.live("money", "none")
    assert code == 0
    expected = "done" if point in SURE else "needs_person"
    assert [run["state"] for run in told["runs"]] == [expected]
    assert len(installation.calls) <= 1
    assert installation.ask("select state from effect") == [(2 if point in SURE else 4,)]
    wholeness(installation)


def test_an_action_that_kills_its_process_is_given_up_and_others_go_on(installation):
    lives = 0
    while installation.live("write", "key", "poison")[0] == 137:
        lives += 1
        assert lives <= 4, "the process dies again and again"
        assert installation.ask("select attempt from effect") == [(lives,)]
    code, told = installation.live("write", "key", "poison")
    assert code == 0
    assert told["runs"][0]["state"] == "failed"
    assert "gave_up" in told["runs"][0]["fault"]
    assert lives == 4
    wholeness(installation)

"""End the process at each point of a saga; a restart must take back the rest, in reverse, once."""

import json

import pytest

pytestmark = pytest.mark.xdist_group("processes")
ORDER = ["first", "second", "undo:second", "undo:first"]
COMMITS = [f"{word}:{number}" for word in ("commit", "committed") for number in range(2, 6)]
CALLS = [f"{word}:{number}" for word in ("call", "accepted") for number in range(1, 5)]


def done(installation):
    return [json.loads(body)["do"] for _, body in installation.calls]


@pytest.mark.parametrize("point", [*COMMITS, *CALLS])
def test_everything_is_taken_back_in_reverse_and_nothing_twice(installation, point):
    assert installation.live("saga", "key", point)[0] == 137
    code, told = installation.live("saga", "key")
    assert code == 0
    assert [run["state"] for run in told["runs"]] == ["undone"]
    assert list(dict.fromkeys(done(installation))) == ORDER
    assert len(set(installation.calls)) == 4, "each call under its own key, repeats unchanged"
    assert set(installation.ask("select state from effect")) == {(2,)}


@pytest.mark.parametrize("point", ["call:3", "accepted:3", "accepted:4"])
def test_an_undo_without_a_key_whose_outcome_is_unknown_asks_a_person(installation, point):
    assert installation.live("saga", "none", point)[0] == 137
    code, told = installation.live("saga", "none")
    assert code == 0
    assert [run["state"] for run in told["runs"]] == ["needs_person"]
    assert len(done(installation)) == len(set(done(installation))), "nothing was sent twice"

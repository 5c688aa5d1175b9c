"""On hold an installation accepts nothing and sends nothing, until an owner releases it."""

import shutil

import pytest

from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.core.people.policy import Policy
from nexus.core.store.hold import ELSEWHERE


def runs_in(nexus, owner, state):
    return [row for row in nexus.runs.list(owner).rows if row.state is state]


def test_an_event_is_refused_before_anything_is_kept(nexus, owner, publish, send, greet):
    key = publish(greet)
    nexus.upkeep.standing.hold(owner, "We move to another machine.")
    with pytest.raises(Refused) as refused:
        send(key)
    (problem,) = refused.value.problems
    assert (problem.status, problem.code) == (503, "on_hold")
    assert "another machine" in problem.detail
    with pytest.raises(Refused):
        nexus.inbox.send(owner, "greet", {})
    assert nexus.runs.list(owner).rows == []


def test_what_waits_is_not_sent_on_hold_and_goes_on_after(
    nexus, owner, tell, send, http_sink, until
):
    send(tell, b'{"later": true}')
    nexus.upkeep.standing.hold(owner, "Wait.")
    nexus.clock.advance(2 * 3600)
    nexus.engine.wake()
    with pytest.raises(Refused):
        nexus.connections.test(owner, "api")
    assert http_sink.requests == []
    assert runs_in(nexus, owner, RunState.WAITING)
    nexus.upkeep.standing.release(owner)
    assert http_sink.wait(1)[0].path == "/orders"
    until(lambda: runs_in(nexus, owner, RunState.DONE))


def test_the_hold_outlives_a_restart_and_is_seen_by_another_process(
    nexus, folder, owner, opened, until
):
    nexus.upkeep.standing.hold(owner, "Look first.")
    nexus.close()
    with opened(folder) as again:
        assert again.upkeep.standing.reason == "Look first."
        with opened(folder) as other:
            other.upkeep.standing.release(owner)
        until(lambda: not again.upkeep.standing.reason)


def test_a_copied_folder_begins_on_hold_as_another_copy(nexus, folder, tmp_path, owner, opened):
    nexus.close()
    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    with opened(copied) as copy:
        row = copy.upkeep.standing.show(owner)
        assert (row.held, row.reason) == (True, ELSEWHERE)
        assert row.copy != "1"
        copy.upkeep.standing.release(owner)
    with opened(copied) as copy, opened(folder) as original:
        assert not copy.upkeep.standing.reason
        assert original.upkeep.standing.show(owner).copy == "1"


def test_a_moved_folder_goes_on(nexus, folder, tmp_path, opened):
    nexus.close()
    with opened(folder.rename(tmp_path / "moved")) as moved:
        assert not moved.upkeep.standing.reason


def test_a_named_place_is_what_counts(folder, tmp_path, monkeypatch, opened):
    monkeypatch.setenv("NEXUS_PLACE", "main")
    with opened(folder):
        pass
    shutil.copytree(folder, tmp_path / "volume")
    with opened(tmp_path / "volume") as same:
        assert not same.upkeep.standing.reason
    monkeypatch.setenv("NEXUS_PLACE", "spare")
    with opened(tmp_path / "volume") as other:
        assert other.upkeep.standing.reason == ELSEWHERE


def test_bad_reasons_and_a_second_release_are_refused(nexus, owner):
    for reason in ("", "   ", "x" * 301):
        with pytest.raises(Refused):
            nexus.upkeep.standing.hold(owner, reason)
    with pytest.raises(Refused) as refused:
        nexus.upkeep.standing.release(owner)
    assert refused.value.status == 409


def test_only_owners_release(nexus):
    admin = Policy().actor(id="a", name="A", roles=("admin",), via="page")
    nexus.upkeep.standing.hold(admin, "Stop.")
    with pytest.raises(Refused) as refused:
        nexus.upkeep.standing.release(admin)
    assert refused.value.status == 403

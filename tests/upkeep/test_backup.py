"""A backup is made while serving, holds no key, and comes back as a copy on hold."""

import json
import shutil
import threading
import zipfile

import pytest

from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.core.store import snapshot
from nexus.core.upkeep.restore import check, restore

CANARY = "canary-0123456789-secret"


def test_a_backup_while_events_come_holds_every_event_acknowledged_before_it(
    nexus, owner, publish, send, tmp_path, ask, greet, until
):
    key, stop, taken = publish(greet), threading.Event(), []

    def flood():
        while not stop.is_set():
            taken.append(send(key).event_id)

    senders = [threading.Thread(target=flood) for _ in range(3)]
    for one in senders:
        one.start()
    until(lambda: len(taken) > 200)
    before = len(taken)
    row = nexus.upkeep.backups.make(owner, tmp_path / "a.nexus")
    stop.set()
    for one in senders:
        one.join()
    assert snapshot.sum_of(tmp_path / "a.nexus") == row.sha256
    restore(tmp_path / "a.nexus", tmp_path / "copy")
    ((events,),) = ask(tmp_path / "copy", "select count(*) from event")
    ((orphans,),) = ask(
        tmp_path / "copy", "select count(*) from run where event_id not in (select id from event)"
    )
    assert before <= events <= len(taken)
    assert orphans == 0


def test_no_secret_and_no_key_is_in_it_and_the_copy_works_with_the_key(
    nexus, folder, owner, tell, send, tmp_path, http_sink, opened
):
    values = {"base_url": http_sink.url, "secret": CANARY}
    nexus.connections.set(owner, "api", "http", values, ["127.0.0.0/8"])
    box = tmp_path / "a.nexus"
    nexus.upkeep.backups.make(owner, box)
    assert box.stat().st_mode & 0o077 == 0
    master = (folder / "secret.key").read_text().strip()
    with zipfile.ZipFile(box) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (CANARY, master):
        assert secret.encode() not in everything
        assert bytes.fromhex(master) not in everything
    restore(box, tmp_path / "copy")
    with pytest.raises(Refused), opened(tmp_path / "copy"):
        pass
    (tmp_path / "copy" / "secret.key").write_text(master)
    with opened(tmp_path / "copy") as copy:
        copy.upkeep.standing.release(owner)
        receipt = copy.inbox.receive(tell, {"content-type": "application/json"}, b"{}")
        assert copy.runs.wait(owner, receipt.run_ids[0], 10).state is RunState.DONE
    assert http_sink.requests[0].headers["authorization"] == CANARY


@pytest.fixture
def restored(nexus, folder, owner, tmp_path, opened):
    """Restore what there is, with the key, and open it."""

    def restored():
        nexus.upkeep.backups.make(owner, tmp_path / "a.nexus", replace=True)
        restore(tmp_path / "a.nexus", tmp_path / "copy")
        shutil.copy(folder / "secret.key", tmp_path / "copy")
        return opened(tmp_path / "copy", nexus.clock)

    return restored


def test_original_and_copy_never_both_send(nexus, owner, tell, send, restored, http_sink, until):
    send(tell, b'{"later": true}')
    with restored() as copy:
        assert "Restored from the backup" in copy.upkeep.standing.reason
        nexus.clock.advance(2 * 3600)
        nexus.engine.wake()
        copy.engine.wake()
        http_sink.wait(1)
        until(lambda: nexus.runs.list(owner).rows[0].state is RunState.DONE)
        assert copy.runs.list(owner).rows[0].state is RunState.WAITING
    assert len(http_sink.requests) == 1


def test_sessions_do_not_come_along(nexus, owner, restored):
    secret = nexus.people.begin("owner")
    with restored() as copy:
        assert nexus.people.actor_for_session(secret)
        assert copy.people.actor_for_session(secret) is None
        assert copy.audit.verify(owner).fine


def test_a_damaged_backup_is_refused_and_nothing_is_restored(nexus, owner, tmp_path):
    box = tmp_path / "a.nexus"
    nexus.upkeep.backups.make(owner, box)
    raw = box.read_bytes()
    (tmp_path / "cut").write_bytes(raw[: len(raw) // 2])
    flipped = bytearray(raw)
    flipped[2000] ^= 0xFF
    (tmp_path / "flipped").write_bytes(flipped)
    (tmp_path / "text").write_text("This is no backup.")
    with zipfile.ZipFile(box) as good, zipfile.ZipFile(tmp_path / "swapped", "w") as bad:
        bad.writestr("manifest.json", good.read("manifest.json"))
        bad.writestr("nexus.db", good.read("nexus.db")[:-1] + b"!")
    for name in ("cut", "flipped", "text", "swapped"):
        with pytest.raises(Refused, match="cannot be used"):
            check(tmp_path / name)
        with pytest.raises(Refused):
            restore(tmp_path / name, tmp_path / "copy")
        assert not (tmp_path / "copy" / "nexus.db").exists()


def test_a_backup_of_a_newer_nexus_is_refused(nexus, owner, tmp_path):
    nexus.upkeep.backups.make(owner, tmp_path / "a.nexus")
    with zipfile.ZipFile(tmp_path / "a.nexus") as old, zipfile.ZipFile(tmp_path / "b", "w") as new:
        manifest = json.loads(old.read("manifest.json"))
        new.writestr("manifest.json", json.dumps(manifest | {"schema": 99}))
        new.writestr("nexus.db", old.read("nexus.db"))
    with pytest.raises(Refused, match="newer Nexus"):
        restore(tmp_path / "b", tmp_path / "copy")


def test_nothing_is_written_over(nexus, folder, owner, tmp_path):
    box = tmp_path / "a.nexus"
    nexus.upkeep.backups.make(owner, box)
    with pytest.raises(Refused, match="is there already"):
        nexus.upkeep.backups.make(owner, box)
    nexus.upkeep.backups.make(owner, box, replace=True)
    with pytest.raises(Refused, match="already holds an installation"):
        restore(box, folder)
    with pytest.raises(Refused, match="no folder"):
        nexus.upkeep.backups.make(owner, tmp_path / "none" / "a.nexus")


def test_the_newest_three_are_kept_in_the_folder(nexus, owner, clock):
    made = []
    for _ in range(5):
        clock.advance(60)
        made.append(nexus.upkeep.backups.make(owner).name)
    kept = [row.name for row in nexus.upkeep.backups.list(owner)]
    assert kept == made[:1:-1]
    assert nexus.upkeep.backups.find(owner, kept[0]).name == kept[0]
    for wrong in (made[0], "../nexus.db", "nexus.db"):
        with pytest.raises(Refused):
            nexus.upkeep.backups.find(owner, wrong)

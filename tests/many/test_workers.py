"""Servers and workers on one database: who runs what, and what Redis is needed for."""

import pickle
import signal
import subprocess
import time
import zlib

import pytest
import redis

from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.core.nexus import open_nexus

pytestmark = pytest.mark.xdist_group("processes")
DONE, RUNNING, WAITING = int(RunState.DONE), int(RunState.RUNNING), int(RunState.WAITING)
JSON = {"content-type": "application/json"}
LATER = "id: later\nname: Later\ntrigger: [{use: core.webhook}]\ndo:\n  - note: {set: {a: 1}}\n"


def eventually(fact, seconds=20):
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def send(front, crew, number):
    return front.inbox.receive(crew.hook, JSON, b'{"id": %d}' % number)


def test_a_server_without_a_worker_accepts_and_leaves_the_runs_to_the_workers(crew, http_sink):
    front = crew.front()
    for number in range(5):
        send(front, crew, number)
    time.sleep(1.5)
    assert crew.states() == [WAITING] * 5
    assert http_sink.requests == []
    crew.worker()
    eventually(lambda: crew.states() == [DONE] * 5)
    assert sorted(one.json["id"] for one in http_sink.requests) == [0, 1, 2, 3, 4]
    front.close()


def test_two_workers_share_the_work_and_each_run_is_done_once(crew, http_sink):
    http_sink.delay = 0.02
    front = crew.front()
    for number in range(120):
        send(front, crew, number)
    for worker in (crew.worker(), crew.worker()):
        assert worker.poll() is None
    eventually(lambda: crew.states() == [DONE] * 120)
    assert sorted(one.json["id"] for one in http_sink.requests) == [*range(120)]
    front.close()


def test_redis_may_be_flushed_stopped_and_absent_and_only_time_is_lost(carried, crew, http_sink):
    front = crew.front()
    crew.worker()
    send(front, crew, 1)
    eventually(lambda: crew.states() == [DONE])
    with redis.Redis.from_url(carried.url) as client:
        client.flushall()
    send(front, crew, 2)
    eventually(lambda: crew.states() == [DONE] * 2)
    carried.stop()
    for number in range(3, 20):
        send(front, crew, number)
    eventually(lambda: crew.states() == [DONE] * 19)
    carried.start()
    send(front, crew, 20)
    eventually(lambda: crew.states() == [DONE] * 20)
    assert len(http_sink.requests) == 20
    front.close()


def test_forged_and_repeated_jobs_run_no_code(carried, crew, http_sink, tmp_path):
    class Evil:
        def __reduce__(self):
            return (__import__("os").system, (f"touch {tmp_path}/pwned",))

    front, worker = crew.front(), crew.worker()
    key = f"rq:queue:nexus-{front.database.installation}"
    call = f'["os.system", null, ["touch {tmp_path}/pwned"], {{}}]'.encode()
    forged = {"call": call, "pickle": pickle.dumps(Evil()), "junk": b"\xff\x00"}
    with redis.Redis.from_url(carried.url) as client:
        for name, data in forged.items():
            facts = {"data": zlib.compress(data), "created_at": "2026-01-01T00:00:00Z"}
            client.hset(f"rq:job:{name}", mapping=facts | {"status": "queued"})
            client.rpush(key, *[name] * 20)
        eventually(lambda: client.llen(key) == 0)
    send(front, crew, 1)
    eventually(lambda: crew.states() == [DONE])
    assert worker.poll() is None
    assert not (tmp_path / "pwned").exists()
    assert len(http_sink.requests) == 1
    front.close()


def test_what_one_process_publishes_the_others_hear_of(crew):
    first, second = crew.front(), crew.front()
    owner = first.people.console()
    first.flows.save(owner, LATER)
    first.flows.publish(owner, "later")
    (key,) = [one.path.rpartition("/")[2] for one in first.hooks.list(owner) if one.name == "later"]
    time.sleep(0.3)
    assert second.inbox.receive(key, JSON, b"{}").run_ids
    first.flows.turn(owner, "later", False)

    def is_deaf():
        try:
            second.inbox.receive(key, JSON, b"{}")
        except Refused:
            return True
        return False

    eventually(is_deaf)
    first.close()
    second.close()


def test_a_stopped_worker_leaves_what_it_has_not_begun_to_the_others(crew, http_sink):
    http_sink.delay = 0.05
    front, first = crew.front(), crew.worker()
    for number in range(60):
        send(front, crew, number)
    eventually(lambda: http_sink.requests)
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=20) == 0
    crew.worker()
    eventually(lambda: crew.states() == [DONE] * 60)
    assert sorted(one.json["id"] for one in http_sink.requests) == [*range(60)]
    front.close()


def test_a_worker_that_ends_is_started_again(crew, http_sink):
    front, parent = crew.front(), crew.worker("--processes", "2")
    eventually(lambda: len(workers(crew)) == 2)
    killed = workers(crew)
    for number in killed:
        subprocess.run(["kill", "-9", str(number)], check=True)
    eventually(lambda: len(set(workers(crew)) - set(killed)) == 2)
    send(front, crew, 1)
    eventually(lambda: crew.states() == [DONE])
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(timeout=20) == 0
    front.close()


def workers(crew):
    rows = crew.store.ask("select pid from worker where ended is null order by id")
    return [pid for (pid,) in rows][1:]  # the first is the server's


def test_an_old_worker_stops_at_a_newer_schema_and_does_not_start_again(crew):
    worker = crew.worker()
    crew.store.ask("update meta set value = '99' where name = 'schema'")
    assert worker.wait(timeout=20) == 1
    with pytest.raises(Refused, match="newer Nexus"):
        open_nexus(crew.store.folder, alone=False)


@pytest.mark.chaos
@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_another_worker_takes_over_by_default_settings(carried, crew, http_sink, how):
    """Redis is stopped too."""
    http_sink.delay = 3
    first, front = crew.worker(), crew.front()
    crew.worker()
    for number in range(60):
        send(front, crew, number)
    held = "select count(*) from run join worker on worker.id = run.owner where worker.pid = ?"
    eventually(lambda: crew.store.ask(held, first.pid)[0][0] and http_sink.requests)
    carried.stop()
    first.send_signal(how)
    began = time.monotonic()
    eventually(lambda: not crew.store.ask(held, first.pid)[0][0], seconds=60)
    taken = time.monotonic() - began
    eventually(lambda: crew.states() == [DONE] * 60, seconds=60)
    first.send_signal(signal.SIGCONT)
    time.sleep(1)
    keys = {(one.json["id"], one.headers["idempotency-key"]) for one in http_sink.requests}
    assert len(keys) == 60, "each effect keeps its key"
    assert crew.states() == [DONE] * 60
    print(f"taken over after {taken:.1f} s; the bar is 30")
    front.close()

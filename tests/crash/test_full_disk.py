"""A disk that is full: nothing is acknowledged, nothing is lost, and it mends without a restart."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.xdist_group("processes")
# In a process of its own, because the limit holds for every file that a process writes.
LIFE = """
import resource, sqlite3, sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import world
from nexus.core.model.event import Event
from nexus.core.store.ticket import Unavailable

data, mended = Path(sys.argv[1]), []

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def fill():
    limit((data / "nexus.db-wal").stat().st_size)

class Full(world.Provider):
    def charge(self, context, arguments):
        answer = super().charge(context, arguments)
        if not mended:
            fill()
        return answer

def deliver(n):
    now = engine.clock.now()
    event = Event(id=engine.mint(), source="s", type="t", subject="", time=now, received=now,
                  data={"cents": n}, dedupe=str(n))
    engine.admit(event, [engine.begin(plan, event)])

def counts():
    connection = sqlite3.connect(data / "nexus.db")
    try:
        return connection.execute("select count(*), sum(state = 7) from run").fetchone()
    finally:
        connection.close()

plan = world.money_plan(Full(str(data) + ".ledger", ""), "money", "none")
engine = world.open_engine(str(data), plan, alone=True)
engine.start()
deliver(1)
time.sleep(1.5)
refused = 0
for n in range(2, 5):
    try:
        deliver(n)
    except Unavailable as error:
        refused += 1
assert refused == 3, refused
assert counts() == (1, 0), counts()
limit(resource.RLIM_INFINITY)
mended.append(True)
deliver(5)
end = time.monotonic() + 10
while counts() != (2, 2):
    assert time.monotonic() < end, counts()
    time.sleep(0.02)
ledger = sqlite3.connect(str(data) + ".ledger")
assert ledger.execute("select count(*), count(distinct key) from call").fetchone() == (2, 2)
engine.stop()
check = sqlite3.connect(data / "nexus.db").execute("pragma integrity_check").fetchall()
assert check == [("ok",)], check
"""


def test_a_full_disk_refuses_events_keeps_effects_and_mends_without_a_restart(tmp_path, request):
    here = str(request.path.parent)
    command = [sys.executable, "-c", LIFE, str(tmp_path / "data"), here]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

"""Open pages hear of every change, also of one between two waits."""

import threading
import time

from nexus.core.run.pulse import Pulse
from nexus.core.store.statements import RECORD
from nexus.core.store.ticket import Ticket


def commit(pulse, run_id, seq):
    pulse.touch([Ticket([(RECORD, (run_id, seq, b"[]"))], None)])


def test_a_wait_ends_when_the_run_moves():
    pulse = Pulse(lambda run_id: 3)
    threading.Timer(0.1, commit, (pulse, 7, 3)).start()
    begun = time.monotonic()
    assert pulse.wait(7, 3, 5) == 4
    assert time.monotonic() - begun < 2


def test_a_change_between_two_waits_is_told_at_once():
    rows = {7: 3}
    pulse = Pulse(rows.__getitem__)
    assert pulse.wait(7, 3, 0.01) == 3
    rows[7] = 4
    assert pulse.wait(7, 3, 5) == 4


def test_a_run_nobody_looks_at_costs_nothing():
    pulse = Pulse(lambda run_id: 0)
    commit(pulse, 7, 0)
    assert pulse._seen == {}


def test_stopping_lets_everyone_go():
    pulse = Pulse(lambda run_id: 1)
    threading.Timer(0.05, pulse.stop).start()
    assert pulse.wait(7, 1, 30) == 1

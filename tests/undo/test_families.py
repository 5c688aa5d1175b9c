"""A run that takes itself back, among runs that wait for each other and events that come."""

import time

import pytest

from nexus.core.clock import FixedClock
from nexus.core.model import ids
from nexus.core.model.run import RunState
from nexus.core.nexus import open_nexus

SEND = "call: email.send, with: {to: a@example.com, subject: Hi, text: Hi}"
BOOK = f"  - booked: {{{SEND}, connection: box, undo: {{{SEND}}}}}\n"
HEAD = "id: books\ntrigger: [{use: core.webhook}]\n"
UNDO = HEAD + "undo: true\n"
STOP = "  - stop: {raise: {code: no, message: No}}\n"
LISTEN = "  - paid: {listen: {event: test.paid, match: A-1}}\n"
SLEEPY = "id: sleepy\ndo: [{x: {wait: 9d}}]\n"
UNDONE, FAILED, WAITING = RunState.UNDONE, RunState.FAILED, RunState.WAITING


class House:
    """An installation that sends mail to a folder."""

    def __init__(self, store):
        self.clock = FixedClock()
        self.nexus = open_nexus(store.folder, self.clock)
        self.owner = self.nexus.people.console()
        self.out, self.ask = store.folder / "out", store.ask
        self.nexus.start()
        values = {"transport": "folder", "folder": str(self.out), "from": "a@b.example"}
        self.nexus.connections.set(self.owner, "box", "email", values)

    def publish(self, source):
        row = self.nexus.flows.save(self.owner, source)
        self.nexus.flows.publish(self.owner, row.id)

    def start(self, source):
        self.publish(source)
        (run_id,) = self.nexus.inbox.send(self.owner, "books", {"zero": 0}).run_ids
        return run_id

    def rest(self, run_id, state):
        deadline = time.monotonic() + 10
        while (row := self.nexus.runs.show(self.owner, run_id).row).state is not state:
            assert time.monotonic() < deadline, row
            time.sleep(0.01)
        return row

    def newest(self, flow):
        rows = self.nexus.runs.list(self.owner, flow_id=flow).rows
        return ids.write("run", rows[0].id) if rows else None

    def later(self, seconds):
        self.clock.advance(seconds)
        self.nexus.engine.wake()

    @property
    def mails(self):
        return len(list(self.out.iterdir()))


@pytest.fixture
def house(store):
    house = House(store)
    yield house
    house.nexus.close()


def test_a_run_that_is_not_over_by_its_deadline_takes_itself_back(house):
    house.publish(SLEEPY)
    run = house.start(UNDO + "deadline: 1h\ndo:\n" + BOOK + "  - on: {run: sleepy}\n")
    house.rest(run, WAITING)
    house.later(3601)
    assert house.rest(run, UNDONE).fault.code == "deadline"
    assert house.mails == 2
    house.rest(house.newest("sleepy"), RunState.CANCELLED)
    assert house.ask("select count(*) from listener") == [(0,)]


def test_an_output_that_cannot_be_computed_takes_it_back(house):
    run = house.start(UNDO + "output: '{{ 1 / event.data.zero }}'\ndo:\n" + BOOK)
    assert house.rest(run, UNDONE).fault.code == "expression"
    assert house.mails == 2


def test_what_looks_after_failures_starts_when_it_is_undone(house):
    house.publish("id: own\ndo: [{told: {set: '{{ event.data.fault.code }}'}}]")
    run = house.start(UNDO + "on_error: own\ndo:\n" + BOOK + STOP)
    house.rest(run, UNDONE)
    (told,) = house.nexus.runs.show(house.owner, house.newest("own")).steps
    assert told.output == "no"


def test_a_person_takes_back_what_listens_and_it_listens_no_more(house):
    run = house.start(HEAD + "do:\n" + BOOK + LISTEN)
    house.rest(run, WAITING)
    house.nexus.runs.undo(house.owner, run)
    assert house.rest(run, UNDONE).fault is None
    assert house.mails == 2
    assert house.ask("select count(*) from listener") == [(0,)]


def test_a_person_takes_a_run_back_and_the_runs_it_waits_for_end(house):
    house.publish(SLEEPY)
    run = house.start(HEAD + "do:\n" + BOOK + "  - on: {run: sleepy}\n")
    house.rest(run, WAITING)
    house.nexus.runs.undo(house.owner, run)
    house.rest(run, UNDONE)
    house.rest(house.newest("sleepy"), RunState.CANCELLED)


@pytest.mark.parametrize(("step", "code"), [("  - x: {wait: 9d}\n", "undone"), (STOP, "no")])
def test_who_waits_for_a_run_that_is_undone_fails(house, step, code):
    house.publish(f"id: below\n{'undo: true' if code == 'no' else ''}\ndo:\n" + BOOK + step)
    run = house.start(HEAD + "do: [{on: {run: below}}]\n")
    if code == "undone":
        below = house.newest("below")
        house.rest(below, WAITING)
        house.nexus.runs.undo(house.owner, below)
    assert house.rest(run, FAILED).fault.code == code
    house.rest(house.newest("below"), UNDONE)


def test_a_failure_of_the_flow_below_is_met_by_on_error(house):
    house.publish("id: below\ndo:\n" + STOP)
    run = house.start(HEAD + "do:\n  - on: {run: below, on_error: continue}\n  - then: {set: 1}\n")
    assert house.rest(run, RunState.DONE).fault is None


def test_an_undo_goes_on_past_the_deadline(house):
    twice = BOOK + BOOK.replace("booked", "again")
    run = house.start(UNDO + "deadline: 1h\ndo:\n" + twice + "  - x: {wait: 9d}\n")
    house.rest(run, WAITING)
    house.later(7 * 86_400)
    house.rest(run, UNDONE)
    assert house.mails == 4

"""Who was not let in is written down, and a flood of them cannot fill the log."""

import threading

import pytest

from nexus.app import create_app
from nexus.core.model.audit import Wanted
from nexus.core.model.problem import Refused
from nexus.core.people.turned_away import MOST, MOST_ALIKE, SPAN
from nexus.ui.deeds import sentence
from nexus.ui.doors import RATES, Doors

WORD = "purple kettle sings loud"
HTML = {"Accept": "text/html"}


@pytest.fixture
def refusals(nexus, owner):
    """The rows about people who were turned away, oldest first."""

    def read(action="session.refuse"):
        return [*nexus.audit.export(owner, Wanted(action=action))][::-1]

    return read


@pytest.fixture
def visitor(nexus):
    rates = {**RATES, "sign-in": "100000/minute"}
    app = create_app(nexus, Doors(rates=rates))
    app.config["WTF_CSRF_ENABLED"] = False  # proven elsewhere
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "form", "how"),
    [
        ("/sign-in", {"token": "x"}, "link"),
        ("/sign-in/password", {"email": "a@b.de", "password": "x"}, "password"),
        ("/sign-in/code", {"ticket": "x", "code": "1"}, "code"),
        ("/sign-in/passkey", {}, "passkey"),
        ("/invitation", {"token": "x", "name": "Eve", "password": WORD}, "invitation"),
        ("/reset", {"token": "x", "password": WORD}, "new password"),
    ],
)
def test_every_way_in_that_stays_shut_leaves_a_row(visitor, refusals, path, form, how):
    assert visitor.post(path, data=form).status_code in (401, 410)
    (row,) = refusals()
    assert (row.object, row.actor, row.ip) == (f"session:{how}", "", "127.0.0.1")
    assert sentence(row) == f"Somebody was turned away: {how}"


def test_a_token_that_nobody_knows_leaves_a_row_and_none_at_all_leaves_none(visitor, refusals):
    visitor.get("/api/v1/flows")
    assert refusals() == []
    assert visitor.get("/api/v1/flows", headers={"Authorization": "Bearer nx_old"}).status_code
    assert [row.object for row in refusals()] == ["session:API token"]


def test_a_step_up_that_fails_names_who_failed(nexus, join, visitor, refusals):
    visitor.set_cookie("nexus", nexus.people.begin(join("admin")))
    assert visitor.post("/confirm", data={"password": "no"}, headers=HTML).status_code == 401
    assert visitor.post("/confirm/passkey", data="{}").status_code == 401
    form = {"old": "no", "new": WORD + " x"}
    assert visitor.post("/settings/account/password", data=form, headers=HTML).status_code == 401
    told = [sentence(row) for row in refusals()]
    assert told == ["Ada Lovelace was turned away: " + how for how in ("confirming",) * 2] + [
        "Ada Lovelace was turned away: password"
    ]


def test_whoever_asks_for_more_than_they_have_leaves_a_row(nexus, owner, join, acting, refusals):
    admin = acting(join("admin"))
    with pytest.raises(Refused):
        nexus.invitations.invite(admin, "eve@example.com", ["owner"])
    with pytest.raises(Refused):
        nexus.members.disable(admin, owner.id)
    rows = refusals("person.refuse")
    assert [row.object for row in rows] == [f"person:{admin.id}", "person:owner"]
    assert all(row.actor == admin.id and "beyond their rights" in sentence(row) for row in rows)


def test_what_is_only_written_wrong_leaves_no_row(nexus, owner, visitor, refusals):
    token = nexus.invitations.invite(owner, "a@example.com", ["viewer"]).token
    form = {"token": token, "name": "Ada", "password": "short"}
    assert visitor.post("/invitation", data=form).status_code == 422
    assert refusals() == []


def test_a_flood_from_one_place_leaves_a_few_rows_and_how_many_more(nexus, refusals, clock):
    for _ in range(500):
        nexus.people.turned_away.note("password", "10.0.0.1")
    assert len(refusals()) == MOST_ALIKE
    nexus.people.turned_away.note("password", "10.0.0.2")
    assert len(refusals()) == MOST_ALIKE + 1  # others are still seen
    clock.advance(SPAN / 1_000_000)
    nexus.people.turned_away.tick(clock.now())
    assert sentence(refusals()[-1]) == "Somebody was turned away: 495 more times within 10 minutes"
    nexus.people.turned_away.tick(clock.now() + SPAN)
    assert len(refusals()) == MOST_ALIKE + 2


def test_a_flood_from_everywhere_is_bounded_too(nexus, refusals):
    def flood(part):
        for number in range(100):
            nexus.people.turned_away.note("password", f"10.0.{part}.{number}")

    threads = [threading.Thread(target=flood, args=(part,)) for part in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(refusals()) == MOST


def test_the_log_still_verifies(nexus, owner):
    nexus.people.turned_away.note("password", "10.0.0.1")
    assert nexus.audit.verify(owner).fine


def test_the_token_of_the_command_line_leaves_a_row(nexus, owner):
    secret = nexus.tokens.for_console()
    row = nexus.audit.list(owner).rows[0]
    assert (row.action, row.meta["name"], row.via) == ("token.make", "command line", "cli")
    assert secret not in str(row)

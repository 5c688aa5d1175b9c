"""How long sessions hold, by the clock, and a second factor that is demanded at the sign-in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.clock import FixedClock
from nexus.core.people.people import People
from nexus.core.people.terms import IDLE, LONGEST, Terms
from nexus.core.store.database import Database

WORD = "purple kettle sings loud"
ALL_OPEN = {("account", "read"), ("account", "secure")}


def held(actor):
    return {pair for pair, right in actor.rights.items() if right.scope is not None}


# How long a session holds


def test_a_session_ends_after_two_hours_without_use_and_after_twelve_in_all(nexus, join, clock):
    row = nexus.terms.show(nexus.people.console())
    assert (row.idle_minutes, row.longest_minutes, row.second_factor) == (120, 720, ())
    secret = nexus.people.begin(join("viewer"))
    for _ in range(6):
        assert nexus.people.actor_for_session(secret)
        clock.advance(119 * 60)
    assert nexus.people.actor_for_session(secret)
    clock.advance(6 * 60 + 1)
    assert nexus.people.actor_for_session(secret) is None
    idle = nexus.people.begin("owner")
    clock.advance(120 * 60 + 1)
    assert nexus.people.actor_for_session(idle) is None


@pytest.mark.parametrize(("terms", "seconds"), [((5, 720), 5 * 60), ((20, 20), 20 * 60)])
def test_shorter_terms_hold_at_once_for_sessions_that_are_open(
    nexus, owner, join, clock, terms, seconds
):
    secret = nexus.people.begin(join("viewer"))
    nexus.terms.set(owner, *terms, [])
    clock.advance(seconds - 1)
    assert nexus.people.load_session(secret) is not None
    clock.advance(1)
    assert nexus.people.actor_for_session(secret) is None
    assert nexus.people.load_session(secret) is None


def test_a_shorter_end_in_all_holds_at_once_however_busy_a_session_is(nexus, owner, clock):
    secret = nexus.people.begin("owner")
    nexus.terms.set(owner, 15, 20, [])
    clock.advance(10 * 60)
    assert nexus.people.actor_for_session(secret)
    clock.advance(10 * 60 - 1)
    assert nexus.people.actor_for_session(secret)
    clock.advance(1)
    assert nexus.people.actor_for_session(secret) is None


def test_longer_terms_hold_for_the_next_session_and_lengthen_none(nexus, owner, clock):
    before = nexus.people.begin("owner")
    nexus.terms.set(owner, 7 * 1440, 30 * 1440, [])
    after = nexus.people.begin("owner")
    clock.advance(13 * 3600)
    assert nexus.people.actor_for_session(before) is None
    assert nexus.people.actor_for_session(after)


@settings(max_examples=25)
@given(
    idle=st.integers(*IDLE),
    longest=st.integers(*LONGEST),
    uses=st.lists(st.integers(1, 3 * 86_400), max_size=12),
)
def test_a_session_holds_exactly_as_long_as_the_terms_say(tmp_path_factory, idle, longest, uses):
    clock = FixedClock()
    database = Database(tmp_path_factory.mktemp("terms"))
    people = People(database, clock)
    Terms(people).set(people.console(), min(idle, longest), longest, [])
    secret, age, unseen, open_ = people.begin("owner"), 0, 0, True
    for seconds in uses:
        clock.advance(seconds)
        age, unseen = age + seconds, unseen + seconds
        open_ = open_ and age < longest * 60 and unseen < min(idle, longest) * 60
        assert (people.actor_for_session(secret) is not None) is open_
        unseen = 0 if unseen > 60 else unseen  # its use is written down once a minute
    database.close()


@pytest.mark.parametrize(
    "wish",
    [(4, 720, []), (120, 10, []), (120, 60, []), (120, 50_000, []), (120, 720, ["nobody"])],
)
def test_terms_that_make_no_sense_are_refused(nexus, owner, refused, wish):
    refused("unknown_role" if wish[2] else "bad_terms", nexus.terms.set, owner, *wish)
    assert nexus.terms.show(owner).idle_minutes == 120


def test_only_an_owner_sets_them_and_an_admin_sees_them(nexus, join, acting, refused):
    admin, viewer = acting(join("admin")), acting(join("viewer"))
    assert nexus.terms.show(admin).longest_minutes == 720
    refused("forbidden", nexus.terms.set, admin, 30, 60, [])
    refused("forbidden", nexus.terms.show, viewer)


def test_a_list_of_people_counts_only_sessions_that_hold(nexus, owner, join, clock):
    person = join("viewer")
    nexus.people.begin(person)
    nexus.terms.set(owner, 5, 60, [])
    clock.advance(6 * 60)
    assert nexus.members.show(owner, person).row.seen is None


# A second factor that is demanded


def test_a_demand_holds_from_the_next_sign_in_on_and_for_its_roles_only(nexus, owner, join):
    admin, viewer = join("admin"), join("viewer")
    before = nexus.people.begin(admin, how="password")
    nexus.terms.set(owner, 120, 720, ["admin"])
    assert not nexus.people.actor_for_session(before).owes
    after = nexus.people.actor_for_session(nexus.people.begin(admin, how="password"))
    other = nexus.people.actor_for_session(nexus.people.begin(viewer, how="password"))
    assert (after.owes, other.owes) == (True, False)


@pytest.mark.parametrize("how", ["password", "invitation", "link", ""])
def test_whoever_owes_one_can_set_it_up_and_nothing_else(nexus, owner, join, refused, how):
    nexus.terms.set(owner, 120, 720, ["admin"])
    actor = nexus.people.actor_for_session(nexus.people.begin(join("admin"), how=how))
    assert held(actor) == ALL_OPEN
    for verb in (nexus.flows.list, nexus.members.list, nexus.runs.list, nexus.tokens.list):
        assert "second factor" in str(refused("forbidden", verb, actor))
    refused("forbidden", nexus.tokens.make, actor, "t")
    refused("forbidden", nexus.account.change, actor, "Eve", "eve@example.com")


def test_with_a_code_app_set_up_everything_opens_at_once(nexus, owner, join, code_of, clock):
    nexus.terms.set(owner, 120, 720, ["admin"])
    secret = nexus.people.begin(join("admin"), how="password")
    actor = nexus.people.actor_for_session(secret)
    app = nexus.account.new_code_secret(actor).secret
    nexus.account.set_code_secret(actor, app, code_of(app))
    nexus.people.confirm(secret, second=True)
    assert not nexus.people.actor_for_session(secret).owes
    clock.advance(60)
    ticket = nexus.account.sign_in("admin@example.com", WORD, "").ticket
    person = nexus.account.enter_code(ticket, code_of(app), "")
    assert not nexus.people.actor_for_session(nexus.people.begin(person, how="code")).owes


def test_a_fresh_password_alone_opens_nothing(nexus, owner, join):
    nexus.terms.set(owner, 120, 720, ["admin"])
    secret = nexus.people.begin(join("admin"), how="password")
    actor = nexus.people.actor_for_session(secret)
    assert nexus.account.confirm(actor, WORD, "", "") is False
    nexus.people.confirm(secret, second=False)
    assert nexus.people.actor_for_session(secret).owes


def test_whoever_has_a_factor_must_show_it_and_cannot_make_another(
    nexus, owner, join, with_app, code_of, refused
):
    person = join("admin")
    nexus.terms.set(owner, 120, 720, ["admin"])
    secret = nexus.people.begin(person, how="password")
    app = with_app(person)
    actor = nexus.people.actor_for_session(secret)
    assert held(actor) == {("account", "read")}
    refused("forbidden", nexus.account.new_code_secret, actor)
    refused("forbidden", nexus.recovery.make, actor)
    assert nexus.account.confirm(actor, WORD, code_of(app), "") is True


@pytest.mark.parametrize("how", ["code", "passkey", "another company"])
def test_whoever_came_in_with_two_owes_nothing(nexus, owner, join, how):
    nexus.terms.set(owner, 120, 720, ["admin"])
    assert not nexus.people.actor_for_session(nexus.people.begin(join("admin"), how=how)).owes


def test_a_demand_that_is_taken_back_leaves_the_next_sign_in_alone(nexus, owner, join):
    person = join("admin")
    nexus.terms.set(owner, 120, 720, ["admin"])
    nexus.terms.set(owner, 120, 720, [])
    assert not nexus.people.actor_for_session(nexus.people.begin(person, how="password")).owes

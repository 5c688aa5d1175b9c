"""Recovery codes: shown once, kept as hashes, each good once, and counted."""

import threading
from contextlib import suppress

import pytest

from nexus.core.model.problem import Refused
from nexus.core.people.recovery import COUNT, is_recovery
from nexus.core.store import people as store

WORD = "purple kettle sings loud"


@pytest.fixture
def person(join, with_app):
    made = join("viewer")
    with_app(made)
    return made


@pytest.fixture
def ticket(nexus):
    return lambda: nexus.account.sign_in("viewer@example.com", WORD, "").ticket


def test_each_code_lets_its_person_in_once_in_place_of_the_app(
    nexus, person, acting, ticket, refused
):
    codes = nexus.recovery.make(acting(person))
    assert len(set(codes)) == COUNT == nexus.recovery.left(acting(person))
    assert all(is_recovery(one) for one in codes)
    assert nexus.account.enter_code(ticket(), f" {codes[0].upper()} ", "") == person
    refused("wrong_sign_in", nexus.account.enter_code, ticket(), codes[0], "")
    assert nexus.account.enter_code(ticket(), codes[1].replace("-", ""), "") == person
    assert nexus.recovery.left(acting(person)) == COUNT - 2


def test_of_many_who_use_one_code_at_once_one_gets_in(nexus, person, acting, ticket):
    code = nexus.recovery.make(acting(person))[0]
    tickets, came, start = [ticket() for _ in range(4)], [], threading.Barrier(4)

    def enter(one):
        start.wait()
        with suppress(Refused):
            came.append(nexus.account.enter_code(one, code, ""))

    threads = [threading.Thread(target=enter, args=(one,)) for one in tickets]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert came == [person]


def test_new_codes_end_the_old_ones_and_another_persons_are_worth_nothing(
    nexus, person, join, with_app, acting, ticket, refused
):
    old = nexus.recovery.make(acting(person))
    nexus.recovery.make(acting(person))
    other = join("builder")
    with_app(other)
    theirs = nexus.recovery.make(acting(other))
    for code in (old[0], theirs[0]):
        refused("wrong_sign_in", nexus.account.enter_code, ticket(), code, "")


def test_guessing_codes_is_slowed_down(nexus, person, ticket):
    one, seen = ticket(), []
    for _ in range(8):
        with pytest.raises(Refused) as error:
            nexus.account.enter_code(one, "aaaa-bbbb-cccc-dddd", "")
        seen.append(error.value.status)
    assert seen[0] == 401 and seen[-1] == 429


def test_only_hashes_are_kept_and_the_log_tells_that_one_was_used(
    nexus, owner, person, acting, ticket
):
    codes = nexus.recovery.make(acting(person))
    nexus.account.enter_code(ticket(), codes[0], "")
    raw = b"".join(path.read_bytes() for path in nexus.folder.glob("nexus.db*"))
    for code in codes:
        assert code.encode() not in raw
        assert code.replace("-", "").upper().encode() not in raw
    told = [row.meta.get("what") for row in nexus.audit.list(owner).rows]
    assert "one recovery code was used up" in told


def test_they_go_with_the_app_and_with_a_reset(nexus, owner, person, acting, with_app, refused):
    nexus.recovery.make(acting(person))
    nexus.account.drop_code_secret(acting(person))
    assert nexus.recovery.left(acting(person)) == 0
    refused("no_code_app", nexus.recovery.make, acting(person))
    with_app(person)
    nexus.recovery.make(acting(person))
    nexus.invitations.reset(owner, person)
    assert nexus.recovery.left(acting(person)) == 0
    assert store.find_person(nexus.database, person).totp is None

"""Invitations, passwords, code apps, sessions, throttling, rights, and who may give them."""

import base64
import threading

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from nexus.core.model.deed import deed
from nexus.core.model.problem import Refused
from nexus.core.people.people import FRESH
from nexus.core.people.policy import Policy
from nexus.core.people.table import Rule
from nexus.core.people.throttle import LONGEST, pause
from nexus.core.store import people as store
from nexus.core.store import sessions

WORD = "purple kettle sings loud"
SECOND = 1_000_000
DAY = 86_400


def refused(code, call, *args, **more):
    with pytest.raises(Refused) as found:
        call(*args, **more)
    assert found.value.problems[0].code == code, found.value
    return found.value


# Invitations


def test_an_invitation_works_once_for_its_address_and_seven_days(nexus, owner, clock):
    row = nexus.invitations.invite(owner, " Ada@Example.COM ", ["builder"])
    assert row.email == "ada@example.com"
    person = nexus.invitations.accept(row.token, "Ada", WORD)
    assert nexus.members.show(owner, person).row.email == "ada@example.com"
    refused("link_used", nexus.invitations.accept, row.token, "Eve", WORD)
    late = nexus.invitations.invite(owner, "late@example.com", ["viewer"])
    clock.advance(7 * DAY + 1)
    refused("link_used", nexus.invitations.look, late.token)
    refused("link_used", nexus.invitations.accept, late.token, "Late", WORD)


def test_a_second_invitation_ends_the_first_and_one_may_be_taken_back(nexus, owner):
    first = nexus.invitations.invite(owner, "a@example.com", ["viewer"])
    second = nexus.invitations.invite(owner, "a@example.com", ["viewer"])
    refused("link_used", nexus.invitations.look, first.token)
    nexus.invitations.revoke(owner, "a@example.com")
    refused("link_used", nexus.invitations.look, second.token)


def test_of_two_who_accept_at_once_one_gets_in(nexus, owner):
    token = nexus.invitations.invite(owner, "a@example.com", ["viewer"]).token
    start, came, late = threading.Barrier(8), [], []

    def accept():
        start.wait()
        try:
            came.append(nexus.invitations.accept(token, "Ada", WORD))
        except Refused as error:
            late.append(error.problems[0].code)

    threads = [threading.Thread(target=accept) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (len(came), late) == (1, ["link_used"] * 7)


def test_whoever_is_here_is_not_invited_again(nexus, owner, join):
    join("viewer")
    error = refused("here_already", nexus.invitations.invite, owner, "VIEWER@example.com", ["it"])
    assert "people roles" in error.problems[0].hint


@pytest.mark.parametrize("email", ["", "ada", "a@b c.de", "a@-x.de", "<a@x.de>", "a@x.de\nb@x.de"])
def test_what_is_no_address_is_refused(nexus, owner, email):
    refused("bad_address", nexus.invitations.invite, owner, email, ["viewer"])


@pytest.mark.parametrize(
    "word", ["short", "password1234", "aaaaaaaaaaaaaaa", "ada lovelace 1", "x" * 201]
)
def test_a_password_that_others_would_guess_is_refused(nexus, owner, word):
    token = nexus.invitations.invite(owner, "a@example.com", ["viewer"]).token
    refused("weak_password", nexus.invitations.accept, token, "Ada Lovelace", word)


# Signing in


def test_address_and_password_sign_in_and_nothing_else_does(nexus, join):
    person = join("viewer")
    assert nexus.account.sign_in("Viewer@example.com", WORD, "").person_id == person
    refused("wrong_sign_in", nexus.account.sign_in, "viewer@example.com", WORD + "x", "")
    refused("wrong_sign_in", nexus.account.sign_in, "nobody@example.com", WORD, "")


def test_each_failure_makes_the_next_try_wait_longer_and_locks_nobody_out(nexus, join, clock):
    join("viewer")
    codes = []
    for _ in range(12):
        with pytest.raises(Refused) as error:
            nexus.account.sign_in("viewer@example.com", "wrong", "10.0.0.1")
        codes.append(error.value.status)
    assert codes[0] == 401 and 429 in codes
    refused("slow_down", nexus.account.sign_in, "viewer@example.com", WORD, "10.0.0.2")
    clock.advance(LONGEST / SECOND + 1)
    assert nexus.account.sign_in("viewer@example.com", WORD, "10.0.0.1").person_id


def test_tries_made_at_the_same_moment_are_all_counted(nexus, join):
    join("viewer")
    start, seen = threading.Barrier(12), []

    def guess():
        start.wait()
        try:
            nexus.account.sign_in("viewer@example.com", "wrong", "")
        except Refused as error:
            seen.append(error.status)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert seen.count(401) <= 4 and seen.count(429) >= 8


def test_one_address_that_tries_many_accounts_waits_too(nexus):
    for number in range(30):
        refused("wrong_sign_in", nexus.account.sign_in, f"u{number}@x.de", "wrong", "2001:db8::1")
    refused("slow_down", nexus.account.sign_in, "new@x.de", "wrong", "2001:db8::ffff")
    assert pause("ip", 300) == LONGEST


def code_of(text, clock):
    app = TOTP(base64.b32decode(text), 6, SHA1(), 30)
    return app.generate(clock.now() // SECOND).decode()


def test_a_code_app_is_asked_after_the_password_and_each_code_counts_once(
    nexus, join, acting, clock
):
    person = join("viewer")
    actor = acting(person)
    made = nexus.account.new_code_secret(actor)
    refused("wrong_code", nexus.account.set_code_secret, actor, made.secret, "000000")
    nexus.account.set_code_secret(actor, made.secret, code_of(made.secret, clock))
    clock.advance(60)
    ticket = nexus.account.sign_in("viewer@example.com", WORD, "").ticket
    assert ticket
    code = code_of(made.secret, clock)
    refused("wrong_sign_in", nexus.account.enter_code, ticket, "123456", "")
    assert nexus.account.enter_code(ticket, code, "") == person
    again = nexus.account.sign_in("viewer@example.com", WORD, "").ticket
    refused("wrong_sign_in", nexus.account.enter_code, again, code, "")
    raw = (nexus.folder / "nexus.db").read_bytes()
    assert made.secret.encode() not in raw


# Sessions


def test_sessions_end_at_once_on_disable_roles_and_password(nexus, owner, join, acting):
    person = join("viewer")
    changes = [
        lambda: nexus.members.set_roles(owner, person, ["operator"]),
        lambda: nexus.account.set_password(acting(person), WORD, WORD + " again", ""),
        lambda: nexus.invitations.reset(owner, person),
        lambda: nexus.members.change_right(owner, person, "flow", "save", "all"),
        lambda: nexus.members.disable(owner, person),
    ]
    for change in changes:
        secret = nexus.people.begin(person)
        change()
        assert nexus.people.actor_for_session(secret) is None


def test_a_disabled_person_has_no_way_in(nexus, owner, join, acting):
    person = join("viewer")
    _, token = nexus.tokens.make(acting(person), "mine")
    nexus.members.disable(owner, person)
    assert nexus.people.actor_for_token(token) is None
    refused("wrong_sign_in", nexus.account.sign_in, "viewer@example.com", WORD, "")
    nexus.members.enable(owner, person)
    assert nexus.people.actor_for_token(token) is None  # what was stopped stays stopped
    assert nexus.account.sign_in("viewer@example.com", WORD, "").person_id == person


def test_ones_own_sessions_are_listed_and_ended_and_nobody_elses(nexus, join, acting):
    mine, other = join("viewer"), join("builder")
    first, second = (nexus.people.begin(mine, f"Browser {n}", "10.0.0.1") for n in (1, 2))
    theirs = nexus.people.begin(other)
    actor = nexus.people.actor_for_session(first)
    rows = nexus.account.sessions(actor, first)
    assert [(row.device, row.current) for row in rows if row.current] == [("Browser 1", True)]
    for row in nexus.account.sessions(acting(other), theirs):
        nexus.account.end_session(actor, row.id)
    nexus.account.end_session(actor, next(row.id for row in rows if not row.current))
    assert nexus.people.actor_for_session(second) is None
    assert nexus.people.actor_for_session(theirs) is not None


def test_a_sign_in_is_fresh_for_ten_minutes_and_can_be_confirmed(nexus, owner, join, clock):
    secret = nexus.people.begin(join("admin"))
    clock.advance(FRESH / SECOND + 1)
    stale = nexus.people.actor_for_session(secret)
    refused("confirm_needed", nexus.invitations.invite, stale, "x@example.com", ["viewer"])
    refused("wrong_sign_in", nexus.account.confirm, stale, "wrong", "", "")
    nexus.account.confirm(stale, WORD, "", "")
    nexus.people.confirm(secret)
    fresh = nexus.people.actor_for_session(secret)
    assert nexus.invitations.invite(fresh, "x@example.com", ["viewer"]).token


def test_a_reset_link_works_once_and_not_for_weak_words(nexus, owner, join):
    person = join("viewer")
    token = nexus.invitations.reset(owner, person)
    refused("wrong_sign_in", nexus.account.sign_in, "viewer@example.com", WORD, "")
    refused("weak_password", nexus.invitations.choose, token, "short")
    nexus.invitations.choose(token, "another kettle of fish")
    refused("link_used", nexus.invitations.choose, token, "another kettle of fish")
    assert nexus.account.sign_in("viewer@example.com", "another kettle of fish", "").person_id


# Rights


def test_nobody_gives_or_touches_more_than_they_have(nexus, owner, join, acting):
    admin, viewer = acting(join("admin")), join("viewer")
    refused("beyond_own_rights", nexus.invitations.invite, admin, "o@example.com", ["owner"])
    refused("beyond_own_rights", nexus.members.set_roles, admin, viewer, ["owner"])
    refused("beyond_own_rights", nexus.members.change_right, admin, viewer, "key", "rotate", "all")
    for touch in (nexus.members.disable, nexus.invitations.reset):
        refused("above_own_rights", touch, admin, owner.id)
    assert nexus.members.set_roles(admin, viewer, ["finance"]).roles == ("finance",)


def test_the_last_owner_stays(nexus, owner, join, acting):
    refused("last_owner", nexus.members.set_roles, owner, owner.id, ["viewer"])
    second = acting(join("owner"))
    nexus.members.disable(second, owner.id)
    refused("yourself", nexus.members.disable, second, second.id)
    refused("last_owner", nexus.members.set_roles, second, second.id, ["viewer"])


def test_a_client_stays_among_its_own(nexus, owner, join, acting):
    boss = acting(join("client_owner", client="acme"))
    mine = join("client_member", client="acme", email="m@acme.example")
    other = join("client_member", client="umbrella", email="m@umbrella.example")
    assert {row.id for row in nexus.members.list(boss)} == {boss.id, mine}
    refused("not_found", nexus.members.show, boss, other)
    refused("mixed_roles", nexus.invitations.invite, boss, "x@example.com", ["viewer"])
    more = {"client": "umbrella"}
    refused("other_client", nexus.invitations.invite, boss, "x@x.de", ["client_member"], **more)
    refused("mixed_roles", nexus.members.set_roles, owner, mine, ["client_member"], None)


def test_rights_say_why_and_a_hand_made_one_wins(nexus, owner, join):
    person = join("finance", "viewer")
    seen = {(one.resource, one.verb): one for one in nexus.members.show(owner, person).rights}
    assert seen["effect", "money"].why == "the role Finance"
    assert seen["flow", "read"].why == "the role Viewer"
    nexus.members.change_right(owner, person, "flow", "read", None)
    changed = {(one.resource, one.verb): one for one in nexus.members.show(owner, person).rights}
    assert changed["flow", "read"].why == "taken from this person"
    nexus.members.change_right(owner, person, "flow", "read", None, inherit=True)
    back = {(one.resource, one.verb): one for one in nexus.members.show(owner, person).rights}
    assert back["flow", "read"].scope == "all"


def test_a_changed_role_holds_at_the_next_request(nexus, owner, join, acting):
    secret = nexus.people.begin(join("finance"))
    refused("forbidden", nexus.flows.list, nexus.people.actor_for_session(secret))
    nexus.members.edit_role(owner, "finance", "flow", "read", "all")
    assert nexus.flows.list(nexus.people.actor_for_session(secret)) == []


def test_modules_add_rights_and_roles():
    policy = Policy(
        {("billing.invoice", "read"): Rule({"finance": "all", "client_owner": "client"})}
    )
    finance = policy.actor(id="f", name="Fin", roles=("finance",), via="page")
    viewer = policy.actor(id="v", name="Vic", roles=("viewer",), via="page")
    assert finance.rights["billing.invoice", "read"].scope == "all"
    assert viewer.rights["billing.invoice", "read"].scope is None


def test_a_token_does_what_its_scopes_name_and_never_more_than_its_maker(
    nexus, owner, join, acting, clock
):
    builder = acting(join("builder"))
    refused("beyond_own_rights", nexus.tokens.make, builder, "x", ["hook.secret"])
    refused("unknown_scope", nexus.tokens.make, builder, "x", ["flow.fly"])
    row, secret = nexus.tokens.make(builder, "reader", ["flow.read"], days=1)
    actor = nexus.people.actor_for_token(secret)
    assert nexus.flows.list(actor) == []
    refused("forbidden", nexus.runs.list, actor)
    nexus.members.set_roles(owner, builder.id, ["finance"])
    refused("forbidden", nexus.flows.list, nexus.people.actor_for_token(secret))
    assert nexus.tokens.list(owner)[0].used is not None
    clock.advance(DAY + 1)
    assert nexus.people.actor_for_token(secret) is None
    nexus.tokens.revoke(owner, row.id)
    assert nexus.tokens.list(owner) == []


def test_a_revoked_token_is_worth_nothing_at_once(nexus, owner):
    row, secret = nexus.tokens.make(owner, "x")
    nexus.tokens.revoke(owner, row.id)
    assert nexus.people.actor_for_token(secret) is None


def test_nobody_revokes_or_sees_the_tokens_of_others(nexus, owner, join, acting):
    builder, viewer = acting(join("builder")), acting(join("viewer"))
    row, secret = nexus.tokens.make(builder, "mine")
    assert nexus.tokens.list(viewer) == []
    refused("not_found", nexus.tokens.revoke, viewer, row.id)
    assert nexus.people.actor_for_token(secret)


def test_nobody_takes_the_passkeys_of_others_away(nexus, owner, join, acting):
    mine, other = join("builder"), acting(join("viewer"))
    done = deed(owner, 1, "account.secure", mine)
    facts = {"name": "Key", "public_key": b"k", "count": 0, "created": 1}
    sessions.add_passkey(nexus.database, done, id="key", person_id=mine, **facts)
    nexus.passkeys.drop(other, "key")
    assert [row.id for row in nexus.passkeys.list(acting(mine))] == ["key"]


def test_the_store_takes_no_code_twice_and_none_older(nexus, join):
    person = join("viewer")
    used = [store.use_code(nexus.database, person, step) for step in (5, 5, 4, 6)]
    assert used == [True, False, False, True]


# What a run may do

FLOW = """\
id: mail
name: Mail
modules: [core, http]
trigger: [{use: core.webhook}]
do:
  - called: {call: http.post, with: {url: "https://203.0.113.1/", body: {}}}
"""


def test_a_run_stops_when_its_publisher_may_no_longer_do_what_it_does(nexus, owner, join, acting):
    nexus.start()
    builder = acting(join("builder"))
    nexus.flows.save(builder, FLOW, "mail.yaml")
    nexus.flows.publish(builder, "mail")
    nexus.members.disable(owner, builder.id)
    (run_id,) = nexus.inbox.send(owner, "mail", {}).run_ids
    row = nexus.runs.wait(owner, run_id, 10)
    assert (row.state.word, row.fault.code) == ("needs_person", "not_permitted")
    assert "no longer may" in row.fault.message and "publish" in row.fault.hint


def test_a_run_goes_on_with_the_rights_of_whoever_publishes_the_same_words_again(
    nexus, owner, join, acting
):
    nexus.start()
    builder, second = acting(join("builder")), acting(join("admin", name="Grace Hopper"))
    nexus.flows.save(builder, FLOW, "mail.yaml")
    nexus.flows.publish(builder, "mail")
    nexus.members.disable(owner, builder.id)
    (first,) = nexus.inbox.send(owner, "mail", {}).run_ids
    assert nexus.runs.wait(owner, first, 10).fault.code == "not_permitted"
    again = nexus.flows.publish(second, "mail")
    assert (again.number, again.by) == (2, second.id)
    nexus.runs.retry(owner, first)
    (later,) = nexus.inbox.send(owner, "mail", {}).run_ids
    for run_id in (first, later):  # both get as far as the call, which no test may make
        assert nexus.runs.wait(owner, run_id, 10).fault.code != "not_permitted"


def test_other_words_published_again_give_an_older_run_nothing(nexus, owner, join, acting):
    nexus.start()
    builder = acting(join("builder"))
    nexus.flows.save(builder, FLOW, "mail.yaml")
    nexus.flows.publish(builder, "mail")
    nexus.members.disable(owner, builder.id)
    (run_id,) = nexus.inbox.send(owner, "mail", {}).run_ids
    assert nexus.runs.wait(owner, run_id, 10).fault.code == "not_permitted"
    nexus.flows.save(owner, FLOW.replace("name: Mail", "name: Mails"), "mail.yaml")
    nexus.flows.publish(owner, "mail")
    nexus.runs.retry(owner, run_id)
    assert nexus.runs.wait(owner, run_id, 10).fault.code == "not_permitted"


def test_whoever_may_not_bring_an_effect_about_cannot_publish_it(nexus, owner, join, acting):
    builder = acting(join("builder"))
    nexus.flows.save(builder, FLOW, "mail.yaml")
    nexus.members.change_right(owner, builder.id, "effect", "write", None)
    refused("forbidden", nexus.flows.publish, acting(builder.id), "mail")

"""What ends soon is told once, by a real mail server, to whom it belongs."""

import pytest

from nexus.core.clock import FixedClock
from nexus.core.host.connections import About
from nexus.core.host.reminders import DAY, EVERY, Reminders
from nexus.core.nexus import open_nexus
from nexus.tests.conftest import eventually

SECOND = 1_000_000
API = {"base_url": "https://a.example", "secret": "Bearer s3cret-canary"}


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def nexus(tmp_path, clock):
    opened = open_nexus(tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def owner(nexus):
    console = nexus.people.console()
    nexus.account.change(console, "Olu", "olu@example.com")
    return console


@pytest.fixture
def ada(nexus, owner):
    """An admin with an address."""
    token = nexus.invitations.invite(owner, "ada@example.com", ["admin"]).token
    person = nexus.invitations.accept(token, "Ada", "purple kettle sings loud")
    return nexus.people.actor_for_session(nexus.people.begin(person))


@pytest.fixture
def mail(nexus, owner, smtp_server):
    """A mail connection that Nexus sends its own mails by."""
    values = {"host": smtp_server.host, "port": smtp_server.port, "tls": "none"}
    values |= {"from": "nexus@example.com"}
    nexus.connections.set(owner, "mail", "email", values, ["127.0.0.1/32"])
    nexus.post.set(owner, "https://nexus.example", "mail")
    return smtp_server


@pytest.fixture
def reminders(nexus, clock):
    return Reminders(nexus.database, clock, nexus.post.send)


def ending(nexus, actor, alias, days):
    ends = nexus.clock.now() + days * DAY
    nexus.connections.set(actor, alias, "http", API, about=About(expires=ends))
    return ends


def read(mails):
    return [(one.recipients, str(one.message["Subject"])) for one in mails]


def test_the_owner_of_a_connection_is_told_once_before_it_ends(nexus, ada, mail, reminders):
    ending(nexus, ada, "shop", 14)
    ending(nexus, ada, "later", 15)
    assert (reminders.remind(), reminders.remind()) == (1, 0)
    ((recipients, subject),) = read(mail.mails)
    assert recipients == ["ada@example.com"]
    assert subject.startswith("The connection shop ends on 20")
    text = mail.mails[0].message.get_content()
    assert "https://nexus.example/settings/connections" in text and "s3cret" not in text


def test_each_day_that_it_ends_on_is_told_for_itself(nexus, ada, mail, reminders):
    ending(nexus, ada, "shop", 5)
    reminders.remind()
    ending(nexus, ada, "shop", 9)  # it was renewed, for a short time only
    assert (reminders.remind(), reminders.remind()) == (1, 0)


def test_what_is_over_or_off_or_never_ends_is_not_told(nexus, ada, mail, reminders, clock):
    ending(nexus, ada, "over", 1)
    ending(nexus, ada, "off", 5)
    nexus.connections.turn(ada, "off", False)
    nexus.connections.set(ada, "ever", "http", API)
    clock.advance(86_400 + 1)
    assert reminders.remind() == 0


def test_an_api_token_that_ends_within_seven_days_is_told_to_its_owner(
    nexus, ada, mail, reminders, clock
):
    _, secret = nexus.tokens.make(ada, "reports", ["flow.read"], days=8)
    nexus.tokens.make(ada, "ever", ["flow.read"], days=None)
    nexus.tokens.for_console()
    assert reminders.remind() == 0
    clock.advance(86_400)
    assert (reminders.remind(), reminders.remind()) == (1, 0)
    assert read(mail.mails)[0][0] == ["ada@example.com"]
    assert "reports" in str(mail.mails[0].message["Subject"])
    assert secret not in mail.mails[0].message.as_string()


def test_when_its_owner_has_left_the_owners_are_told(nexus, owner, ada, mail, reminders):
    ending(nexus, ada, "shop", 3)
    nexus.members.disable(owner, ada.id)
    assert reminders.remind() == 1
    assert read(mail.mails)[0][0] == ["olu@example.com"]


def test_a_mail_that_was_refused_is_tried_again(nexus, ada, mail, reminders):
    ending(nexus, ada, "shop", 3)
    mail.refuse = "554 no"
    assert reminders.remind() == 0
    mail.refuse = ""
    assert reminders.remind() == 1


def test_without_a_mail_connection_it_waits_until_there_is_one(
    nexus, owner, ada, reminders, smtp_server, request
):
    ending(nexus, ada, "shop", 3)
    assert reminders.remind() == 0
    request.getfixturevalue("mail")
    assert reminders.remind() == 1


def test_two_processes_that_look_at_once_send_one_mail(nexus, ada, mail, reminders, clock):
    ending(nexus, ada, "shop", 3)
    other = Reminders(nexus.database, clock, nexus.post.send)
    assert reminders.remind() + other.remind() == 1


def test_the_engine_looks_every_few_hours_and_by_itself(nexus, ada, mail, reminders, clock):
    ending(nexus, ada, "shop", 3)
    now = clock.now()
    assert reminders.tick(now) == now + EVERY
    mail.wait(1)
    eventually(lambda: not reminders._busy.locked(), 10, "the look to end")
    clock.advance(EVERY / SECOND)
    assert reminders.tick(now + EVERY - 1) == now + EVERY
    assert reminders.tick(clock.now()) == clock.now() + EVERY
    assert len(mail.mails) == 1


def test_a_running_nexus_sends_them(nexus, ada, mail):
    ending(nexus, ada, "shop", 3)
    nexus.start()
    assert read(mail.wait(1))[0][0] == ["ada@example.com"]

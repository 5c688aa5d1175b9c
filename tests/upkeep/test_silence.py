"""A trigger that used to fire and has gone silent is told of, once."""

from hypothesis import given
from hypothesis import strategies as st

from nexus.core.clock import SECOND
from nexus.core.upkeep.silence import ENOUGH, pause

DAY = 24 * 3600
HOUR = 3600


def mailed(nexus, owner, smtp_server):
    server = {"host": smtp_server.host, "port": smtp_server.port, "tls": "none"}
    values = {**server, "from": "nexus@example.com"}
    nexus.connections.set(owner, "mail", "email", values, ["127.0.0.0/8"])
    nexus.post.set(owner, "https://nexus.example.com", "mail")


def used_to_come(nexus, clock, send, key, every=2 * HOUR, times=12):
    for _ in range(times):
        send(key)
        clock.advance(every)


def test_silence_is_twice_the_longest_pause(nexus, owner, clock, publish, send, greet):
    used_to_come(nexus, clock, send, publish(greet))
    look = nexus.upkeep.silence.look
    assert look(clock.now()) == ()
    clock.advance(3 * HOUR)
    (row,) = look(clock.now())
    assert (row.flow_id, row.source, row.after // SECOND) == ("greet", "hook:greet", 2 * HOUR)
    send(nexus_key(nexus, owner))
    assert look(clock.now()) == ()


def nexus_key(nexus, owner):
    (hook,) = nexus.flows.show(owner, "greet").hooks
    return hook.path.removeprefix("/hooks/")


def test_too_few_starts_say_nothing_and_a_flow_that_is_off_is_not_missed(
    nexus, owner, clock, publish, send, greet
):
    key = publish(greet)
    used_to_come(nexus, clock, send, key, times=ENOUGH - 1)
    clock.advance(30 * DAY)
    assert nexus.upkeep.silence.look(clock.now()) == ()
    used_to_come(nexus, clock, send, key, times=3)
    clock.advance(90 * DAY)
    assert nexus.upkeep.silence.look(clock.now())
    nexus.flows.turn(owner, "greet", False)
    assert nexus.upkeep.silence.look(clock.now()) == ()


def test_an_interval_that_was_set_counts_also_before_the_first_start(
    nexus, owner, clock, publish, send, greet
):
    publish(greet)
    nexus.upkeep.silence.expect(owner, "greet", 24 * HOUR)
    assert nexus.upkeep.silence.list(owner) == ()
    clock.advance(25 * HOUR)
    assert nexus.upkeep.silence.look(clock.now())
    nexus.upkeep.silence.expect(owner, "greet", 0)
    assert nexus.upkeep.silence.list(owner) == ()


def test_the_publisher_and_the_owners_are_told_once(
    nexus, owner, clock, publish, send, smtp_server, greet, until
):
    invited = nexus.invitations.invite(owner, "olga@example.com", ["owner"])
    nexus.invitations.accept(invited.token, "Olga", "a long enough sentence, is it not")
    mailed(nexus, owner, smtp_server)
    used_to_come(nexus, clock, send, publish(greet))
    clock.advance(10 * HOUR)
    nexus.engine.wake()
    (mail,) = smtp_server.wait(1)
    assert mail.recipients == ["olga@example.com"]
    assert "Greet has gone silent" in mail.message["subject"]
    assert "https://nexus.example.com/flows/greet" in mail.message.get_content()
    assert nexus.upkeep.silence.list(owner)
    clock.advance(HOUR)
    nexus.engine.wake()
    until(lambda: nexus.upkeep.silence._next > clock.now())
    assert len(smtp_server.mails) == 1


@given(st.lists(st.integers(1, 10**6), min_size=ENOUGH, max_size=50))
def test_no_trigger_is_missed_that_keeps_to_its_longest_pause(gaps):
    times = [0]
    for gap in gaps:
        times.append(times[-1] + gap)
    assert pause(times[::-1]) == max(gaps)

"""An installation whose clock stands still, and people who come to it."""

import base64

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from nexus.core.clock import SECOND, FixedClock
from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus

WORD = "purple kettle sings loud"


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def nexus(tmp_path, clock):
    opened = open_nexus(tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def join(nexus, owner):
    """Invite somebody, let them accept, and return their id."""

    def make(*roles, name="Ada Lovelace", client=None, email=""):
        email = email or f"{roles[0]}@example.com"
        token = nexus.invitations.invite(owner, email, roles, client=client).token
        return nexus.invitations.accept(token, name, WORD)

    return make


@pytest.fixture
def acting(nexus):
    """Sign somebody in and return the actor."""
    return lambda person: nexus.people.actor_for_session(nexus.people.begin(person))


@pytest.fixture
def refused():
    """Call something that must be refused with a code; returns the refusal."""

    def check(code, call, *args, **more):
        with pytest.raises(Refused) as found:
            call(*args, **more)
        assert found.value.problems[0].code == code, found.value
        return found.value

    return check


@pytest.fixture
def code_of(clock):
    """The six digits that a code app shows now."""

    def digits(secret):
        app = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
        return app.generate(clock.now() // SECOND).decode()

    return digits


@pytest.fixture
def with_app(nexus, acting, clock, code_of):
    """Set a code app up for a person, and return its secret."""

    def make(person):
        actor = acting(person)
        secret = nexus.account.new_code_secret(actor).secret
        nexus.account.set_code_secret(actor, secret, code_of(secret))
        clock.advance(60)
        return secret

    return make

"""Sign-in by one-time link, sessions in the database, API tokens.

Accounts with passwords, passkeys and single sign-on stand on this room later.
"""

import secrets
from typing import Any

import msgspec

from nexus.core.clock import SECOND, Clock
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.policy import allow
from nexus.core.store import people as store
from nexus.core.store.database import Database

OWNER = "owner"
LINK_LIFE = 15 * 60 * SECOND
SESSION_LIFE = 12 * 3600 * SECOND
ANONYMOUS_LIFE = 3600 * SECOND


class People:
    """Who somebody is."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        store.ensure_person(database, OWNER, "Owner", "owner", clock.now())
        store.drop_stale(database, clock.now())

    def link(self) -> str:
        """Make a one-time sign-in link for the owner; returns its token, good for 15 minutes.

        Only the console may ask for it: whoever can start Nexus on its data folder is the owner.
        """
        secret = secrets.token_urlsafe(32)
        done = deed(self.console(), self._clock.now(), "link.make", OWNER)
        store.add_link(self._database, secret, OWNER, done.at + LINK_LIFE, done)
        return secret

    def use_link(self, token: str, ip: str = "") -> str:
        """Use a sign-in link up and return the secret of a new session.

        Raises:
            Refused: The link is unknown, used or over (410).
        """
        now = self._clock.now()
        person = store.take_link(self._database, token, now)
        if person is None:
            store.note(self._database, deed(_stranger(ip), now, "session.refuse", "link"))
            raise Refused(_used_up())
        row = store.find_person(self._database, person)
        assert row is not None
        secret = secrets.token_urlsafe(32)
        actor = Actor(id=row.id, name=row.name, role=row.role, via="page", ip=ip)
        done = deed(actor, now, "session.begin", person, how="link")
        store.begin_session(self._database, secret, person, now + SESSION_LIFE, done)
        return secret

    def new_session(self, data: dict[str, Any]) -> str:
        """Begin a session for somebody who has not signed in; returns its secret."""
        secret = secrets.token_urlsafe(32)
        expires = self._clock.now() + ANONYMOUS_LIFE
        store.save_session(self._database, secret, None, expires, msgspec.json.encode(data))
        return secret

    def load_session(self, secret: str) -> dict[str, Any] | None:
        """Return what the session keeps; None when it is over or was ended."""
        row = store.find_session(self._database, secret, self._clock.now())
        return None if row is None else msgspec.json.decode(row.data, type=dict[str, Any])

    def save_session(self, secret: str, data: dict[str, Any]) -> None:
        """Keep the session's data; a session that was ended stays ended."""
        row = store.find_session(self._database, secret, self._clock.now())
        if row is not None:
            kept = msgspec.json.encode(data)
            store.save_session(self._database, secret, row.person_id, row.expires, kept)

    def actor_for_session(self, secret: str) -> Actor | None:
        """Return who signed in with this session."""
        row = store.find_session(self._database, secret, self._clock.now())
        if row is None or row.person_id is None:
            return None
        return Actor(id=row.person_id, name=row.name, role=row.role, via="page")

    def sign_out(self, actor: Actor, secret: str) -> None:
        """End the session at once; a copied cookie is worth nothing afterwards."""
        done = deed(actor, self._clock.now(), "session.end", actor.id)
        store.drop_session(self._database, secret, done)

    def new_token(self, actor: Actor, name: str) -> str:
        """Make an API token with the actor's own rights; it is shown this once."""
        allow(actor, "token", "make")
        secret = f"nx_{secrets.token_urlsafe(32)}"
        done = deed(actor, self._clock.now(), "token.make", store.hashed(secret)[:12], name=name)
        store.add_token(self._database, secret, name, done)
        return secret

    def actor_for_token(self, secret: str) -> Actor | None:
        """Return whose API token this is."""
        row = store.find_token(self._database, secret)
        return row and Actor(id=row.id, name=row.name, role=row.role, via="api")

    def console(self) -> Actor:
        """Return the actor of the console: the owner, by the right of holding the data folder."""
        return Actor(id=OWNER, name="Owner", role="owner", via="cli")


def _stranger(ip: str) -> Actor:
    """Return the actor of what nobody known has done; no policy ever sees it."""
    return Actor(id="", name="", role="viewer", via="page", ip=ip)


def _used_up() -> Problem:
    return Problem(
        code="link_used",
        title="This sign-in link was used already, or is over.",
        status=410,
        hint="Get a new one on the machine that runs Nexus: nexus sign-in-link",
    )

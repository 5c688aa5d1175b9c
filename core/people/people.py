"""Who somebody is: one-time links, sessions in the database, API tokens, and their rights.

Accounts are looked after in members.py, passwords and other factors in credentials.py.
"""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from nexus.core.clock import SECOND, Clock
from nexus.core.model.actor import Actor, Pair, Right
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.policy import NOTHING, Policy
from nexus.core.people.scopes import OWING, narrowed, read_scopes
from nexus.core.people.turned_away import TurnedAway
from nexus.core.store import people as store
from nexus.core.store import sessions
from nexus.core.store.database import Database
from nexus.core.store.settings import read_terms

OWNER = "owner"
LINK_LIFE = 15 * 60 * SECOND
ANONYMOUS_LIFE = 3600 * SECOND
FRESH = 10 * 60 * SECOND
MINUTE = 60 * SECOND
SIGN_IN = "sign-in"
SHOWS_TWO = ("code", "passkey", "another company")  # ways in that need nothing shown after them
CONFIRMING = frozenset({("account", "read")})
SETTING_UP = frozenset({("account", "read"), ("account", "secure")})


class People:
    """Knows who asks, and what they may do."""

    def __init__(self, database: Database, clock: Clock, policy: Policy | None = None) -> None:
        self.database = database
        self.clock = clock
        self.policy = policy or Policy()
        self.turned_away = TurnedAway(database, clock)
        if store.find_person(database, OWNER) is None:
            first = {"id": OWNER, "name": "Owner", "created": clock.now()}
            store.add_person(database, first, [OWNER])
        sessions.drop_stale(database, clock.now())

    def link(self, person_id: str | None = None) -> str:
        """Make a one-time sign-in link, for the first owner unless told; good for 15 minutes.

        Only the console may ask for it: whoever can start Nexus on its data folder is the owner.
        """
        secret = secrets.token_urlsafe(32)
        whose = person_id or store.active_owner(self.database)
        done = deed(self.console(), self.clock.now(), "link.make", str(whose))
        expires = done.at + LINK_LIFE
        sessions.add_link(self.database, secret, SIGN_IN, whose, expires, None, done)
        return secret

    def use_link(self, token: str, device: str = "", ip: str = "") -> str:
        """Use a sign-in link up and return the secret of a new session.

        Raises:
            Refused: The link is unknown, used or over (410).
        """
        with self.turned_away.noting("link", ip):
            row = sessions.take_link(self.database, token, SIGN_IN, self.clock.now())
            if row is None or row.person_id is None:
                raise Refused(_used_up())
        return self.begin(row.person_id, device, ip, "link")

    def begin(self, person_id: str, device: str = "", ip: str = "", how: str = "") -> str:
        """Begin a session for somebody who has just proved who they are; returns its secret."""
        return self._begin(person_id, read_terms(self.database).longest, {}, device, ip, how)

    def _owes(self, row: Any, how: str) -> bool:
        """Say whether somebody who came in so has to show a second factor before all else.

        A passkey that they have must be shown after a password: who guessed that makes no other.
        """
        demanded = read_terms(self.database).second_factor
        if how in SHOWS_TWO or not {*demanded} & {*store.roles_of(self.database, row.id)}:
            return False
        return how == "password" or not self.has_second(row)

    def has_second(self, row: Any) -> bool:
        """Say whether a person has a second factor: a code app or a passkey."""
        return bool(row.totp) or bool(sessions.passkeys_of(self.database, row.id))

    def somebody(self, person_id: str, name: str, ip: str = "") -> Actor:
        """Return who has done something before they were signed in; they hold no rights."""
        return self.policy.actor(id=person_id, name=name, roles=(), via="page", ip=ip)

    def new_session(self, data: dict[str, Any]) -> str:
        """Begin a session for somebody who has not signed in; returns its secret."""
        return self._begin(None, ANONYMOUS_LIFE, data)

    def _begin(
        self,
        person_id: str | None,
        life: int,
        data: Any,
        device: str = "",
        ip: str = "",
        how: str = "",
    ) -> str:
        secret, now, done, owes = secrets.token_urlsafe(32), self.clock.now(), None, False
        row = store.find_person(self.database, person_id) if person_id else None
        if row is not None:
            who = self.somebody(row.id, row.name, ip)
            done = deed(who, now, "session.begin", row.id, how=how)
            owes = self._owes(row, how)
        sessions.add_session(
            self.database,
            secret,
            done,
            person_id=person_id,
            created=now,
            seen=now,
            expires=now + life,
            authenticated=now if person_id else 0,
            device=device[:200],
            ip=ip[:45],
            data=msgspec.json.encode(data),
            owes=owes,
        )
        return secret

    def load_session(self, secret: str) -> dict[str, Any] | None:
        """Return what the session keeps; None when it is over or was ended."""
        row = self._session(secret)
        return None if row is None else msgspec.json.decode(row.data, type=dict[str, Any])

    def save_session(self, secret: str, data: dict[str, Any]) -> None:
        """Keep the session's data; a session that was ended stays ended."""
        sessions.change_session(self.database, secret, data=msgspec.json.encode(data))

    def confirm(self, secret: str, *, second: bool = False) -> None:
        """Remember that a session's person has just proved again who they are.

        With `second` they have shown a second factor, or made one that they had to make.
        """
        paid = {"owes": False} if second else {}
        sessions.change_session(self.database, secret, authenticated=self.clock.now(), **paid)

    def actor_for_session(self, secret: str) -> Actor | None:
        """Return who signed in with this session."""
        row, now = self._session(secret), self.clock.now()
        if row is None or row.person_id is None:
            return None
        if now - row.seen > MINUTE:
            sessions.change_session(self.database, secret, seen=now)
        found = self.actor(row.person_id, row, via="page", authenticated=row.authenticated)
        return self._owing(found, row) if row.owes else found

    def _owing(self, found: Actor, row: Any) -> Actor:
        """Return somebody with no more rights than showing or making a second factor takes."""
        has = row.totp or sessions.passkeys_of(self.database, found.id)
        rights = narrowed(found.rights, CONFIRMING if has else SETTING_UP, OWING)
        return replace(found, rights=rights, owes=True)

    def sign_out(self, actor: Actor | None, secret: str) -> None:
        """End the session at once; a copied cookie is worth nothing afterwards."""
        done = None
        if actor is not None:
            done = deed(actor, self.clock.now(), "session.end", actor.id)
        sessions.drop_session(self.database, secret, done)

    def actor_for_token(self, secret: str) -> Actor | None:
        """Return whose API token this is; its use is written down once a minute at most."""
        now = self.clock.now()
        row = sessions.find_token(self.database, secret, now)
        if row is None:
            return None
        if now - (row.used or 0) > MINUTE:
            sessions.touch_token(self.database, row.id, now)
        if row.console:
            return self.console()
        scopes = read_scopes(msgspec.json.decode(row.scopes, type=list[str] | None))
        return self.actor(row.person_id, row, via="api", scopes=scopes)

    def console(self) -> Actor:
        """Return the actor of the console: the owner, by the right of holding the data folder."""
        now = self.clock.now()
        return self.policy.actor(id=OWNER, name="Owner", roles=(OWNER,), via="cli", now=now)

    def actor(
        self,
        person_id: str,
        row: Any,
        *,
        via: str,
        authenticated: int = 0,
        scopes: frozenset[Pair] | None = None,
    ) -> Actor:
        """Return a person as an actor, with their rights of this very moment.

        A token is as good as a fresh sign-in for what its scopes name: making it needed one.
        """
        lately = self.clock.now() - authenticated < FRESH
        return Actor(
            id=person_id,
            name=getattr(row, "person_name", None) or row.name,
            roles=store.roles_of(self.database, person_id),
            team=row.team,
            client=row.client,
            scopes=scopes,
            authenticated=authenticated,
            fresh=lately or (via == "api" and scopes is not None),
            via=via,
            rights=narrowed(self.rights_of(person_id), scopes),
        )

    def rights_of(self, person_id: str) -> dict[Pair, Right]:
        """Return every right of a person now, with why."""
        roles = store.roles_of(self.database, person_id)
        return self.rights_with(roles, person_id)

    def rights_with(self, roles: Iterable[str], person_id: str = "") -> dict[Pair, Right]:
        """Return the rights that these roles give here, with a person's own changes if told."""
        changes: Any = store.right_changes(self.database)
        own = changes.pop(person_id, NOTHING)
        by_role = {subject.removeprefix("role:"): change for subject, change in changes.items()}
        return self.policy.rights(roles, by_role, own)

    def _session(self, secret: str) -> Any | None:
        terms = read_terms(self.database)
        return sessions.find_session(self.database, secret, self.clock.now(), terms)


def _used_up() -> Problem:
    return Problem(
        code="link_used",
        title="This sign-in link was used already, or is over.",
        status=410,
        hint="Get a new one on the machine that runs Nexus: nexus sign-in-link",
    )

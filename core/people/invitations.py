"""Invitations: good for seven days, once, and bound to one address. And resets, which are alike."""

import re
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nexus.core.clock import SECOND
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.people import InvitationRow
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.members import Members
from nexus.core.people.passwords import Passwords
from nexus.core.people.policy import allow, reaches
from nexus.core.store import people as store
from nexus.core.store import sessions

LIFE = 7 * 24 * 3600 * SECOND
RESET_LIFE = 3600 * SECOND
RESET = "reset"
ADDRESS = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,186}[a-z0-9])?")
Post = Callable[[str, str, str], bool]


class Invitations:
    """Brings people in, and lets those back in who forgot. `post` sends mail, where it is set."""

    def __init__(self, members: Members, passwords: Passwords) -> None:
        self._members = members
        self._people = members.people
        self._passwords = passwords
        self._database = members.people.database
        self._clock = members.people.clock
        self.post: Post = lambda to, subject, text: False

    def invite(
        self,
        actor: Actor,
        email: str,
        roles: Sequence[str],
        *,
        name: str = "",
        team: str = "",
        client: str | None = None,
    ) -> InvitationRow:
        """Invite somebody; an earlier invitation to the address is worth nothing any more.

        The answer holds the invitation's token once, unless a mail could be sent.

        Raises:
            Refused: The address is none or here already, or a role is beyond the actor's own.
        """
        allow(actor, "person", "invite")
        address = read_address(email)
        client = client or actor.client
        self._members.check_grant(actor, roles, client)
        if known := store.find_by_email(self._database, address):
            raise Refused(_here_already(address, known.id))
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        values = {
            "hash": store.hashed(secret),
            "email": address,
            "name": name.strip()[:200],
            "roles": msgspec.json.encode(sorted(set(roles))),
            "team": team.strip()[:100],
            "client": client,
            "invited_by": actor.id,
            "created": now,
            "expires": now + LIFE,
        }
        meta = {"name": address, "roles": ", ".join(roles)}
        store.put_invitation(
            self._database, values, deed(actor, now, "person.invite", address, **meta)
        )
        mailed = self.post(address, "You are invited to Nexus", _letter(actor.name, secret))
        return _row(values, "" if mailed else secret, mailed)

    def open(self, actor: Actor) -> list[InvitationRow]:
        """Return the invitations that nobody has taken yet."""
        scope = allow(actor, "person", "read")
        rows = store.all_invitations(self._database, self._clock.now())
        return [
            _row(row._mapping)
            for row in rows
            if reaches(actor, scope, owner=row.invited_by, team=row.team, client=row.client)
        ]

    def revoke(self, actor: Actor, email: str) -> None:
        """Take an invitation back."""
        allow(actor, "person", "invite")
        if email.lower() in {row.email for row in self.open(actor)}:
            done = deed(actor, self._clock.now(), "person.uninvite", email.lower())
            store.drop_invitation(self._database, email.lower(), done)

    def look(self, token: str) -> InvitationRow:
        """Return what an invitation offers, without using it up.

        Raises:
            Refused: It is unknown, used, taken back or over (410).
        """
        row = store.find_invitation(self._database, token, self._clock.now())
        if row is None:
            raise Refused(_gone())
        return _row(row._mapping)

    def accept(self, token: str, name: str, password: str) -> str:
        """Turn an invitation into a person; of two who try at once one gets in.

        Returns:
            The new person's id.

        Raises:
            Refused: The invitation is over (410), or the password is too weak.
        """
        found = self.look(token)
        if not name.strip():
            raise Refused(_no_name())
        self._passwords.check(password, name, found.email)
        values = {
            "id": f"prs_{secrets.token_hex(8)}",
            "name": name.strip()[:200],
            "created": self._clock.now(),
            "password": self._passwords.hash(password),
        }
        who = self._people.somebody(str(values["id"]), str(values["name"]))
        done = deed(who, self._clock.now(), "person.join", who.id, how="an invitation")
        if not store.take_invitation(self._database, token, values, done):
            raise Refused(_gone())
        return str(values["id"])

    def reset(self, actor: Actor, person_id: str) -> str:
        """Take a person's password, second factor and passkeys away; returns a link's token.

        The link lets them choose a new password, once, within the hour.
        """
        row = self._members.find(actor, person_id, "reset")
        self._members.check_below(actor, row)
        done = self._members.deed(actor, "person.reset", row)
        store.forget_factors(self._database, person_id, done)
        return self._reset_link(person_id)

    def forgot(self, email: str) -> None:
        """Mail a reset link, if the address is somebody's; nobody is told whether it is."""
        row = store.find_by_email(self._database, email.strip().lower())
        if row is not None and row.disabled is None:
            self.post(row.email, "Choose a new password", _reset_letter(self._reset_link(row.id)))

    def choose(self, token: str, password: str) -> str:
        """Set a new password by a reset link; every session of before ends.

        Returns:
            The person's id.

        Raises:
            Refused: The link is over (410), or the password is too weak.
        """
        now = self._clock.now()
        row = sessions.find_link(self._database, token, RESET, now)
        person = row and store.find_person(self._database, row.person_id)
        if row is None or person is None or person.disabled:
            raise Refused(_gone())
        self._passwords.check(password, person.name, person.email or "")
        hashed = self._passwords.hash(password)
        if sessions.take_link(self._database, token, RESET, now) is None:
            raise Refused(_gone())
        who = self._people.somebody(person.id, person.name)
        done = deed(who, now, "account.secure", person.id, what="a new password, by a link")
        store.change_person(self._database, row.person_id, done, password=hashed)
        sessions.drop_sessions(self._database, row.person_id)
        return str(row.person_id)

    def _reset_link(self, person_id: str) -> str:
        secret = secrets.token_urlsafe(32)
        expires = self._clock.now() + RESET_LIFE
        sessions.add_link(self._database, secret, RESET, person_id, expires, None)
        return secret


def read_address(text: str) -> str:
    """Return an e-mail address in lower case.

    Raises:
        Refused: It is none.
    """
    address = text.strip().lower()
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        title = f"{text.strip()[:100]!r} is not an e-mail address."
        raise Refused(Problem(code="bad_address", title=title, expected="like ada@example.com"))
    return address


def _row(values: Any, token: str = "", mailed: bool = False) -> InvitationRow:
    return InvitationRow(
        email=values["email"],
        name=values["name"],
        roles=tuple(msgspec.json.decode(values["roles"], type=list[str])),
        team=values["team"],
        client=values["client"],
        created=values["created"],
        expires=values["expires"],
        token=token,
        mailed=mailed,
    )


def _letter(inviter: str, token: str) -> str:
    return (
        f"{inviter} invites you to Nexus.\n\nOpen this address within seven days and choose a "
        f"password:\n\n{{site}}/invitation?token={token}\n\nIt works once."
    )


def _reset_letter(token: str) -> str:
    return (
        "Somebody, you we hope, asked for a new password for Nexus.\n\nOpen this address within "
        f"the hour:\n\n{{site}}/reset?token={token}\n\nIf it was not you, do nothing."
    )


def _here_already(address: str, person_id: str) -> Problem:
    return Problem(
        code="here_already",
        title=f"{address} is here already.",
        status=409,
        hint=f"Change their roles instead: nexus people roles {person_id}",
    )


def _gone() -> Problem:
    return Problem(
        code="link_used",
        title="This link was used already, was taken back, or is over.",
        status=410,
        hint="Ask whoever sent it for a new one.",
    )


def _no_name() -> Problem:
    return Problem(code="no_name", title="Please say what you are called.")

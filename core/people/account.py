"""The verbs of one's own account: sign in, confirm, name, password, code app, sessions.

Passkeys are in passkeys.py, other companies' sign-in pages in sso.py.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from nexus.core.clock import SECOND
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed, deed
from nexus.core.model.people import PersonRow, SessionRow
from nexus.core.model.problem import Refused
from nexus.core.people import codes, refusals
from nexus.core.people.invitations import read_address
from nexus.core.people.members import Members
from nexus.core.people.passwords import Passwords
from nexus.core.people.policy import allow
from nexus.core.people.recovery import RecoveryCodes, is_recovery
from nexus.core.people.throttle import Throttle
from nexus.core.store import people as store
from nexus.core.store import sessions
from nexus.core.store.settings import read_terms
from nexus.core.store.vault import Vault

SECOND_FACTOR = "second"
SECOND_LIFE = 300 * SECOND
LETTERS = 16


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a password came to: the person, or what has to be shown with a code."""

    person_id: str
    ticket: str = ""


class Account:
    """Everything that people ask of their own account."""

    def __init__(
        self,
        members: Members,
        vault: Vault,
        passwords: Passwords,
        throttle: Throttle,
        recovery: RecoveryCodes,
    ) -> None:
        self._members = members
        self._database = members.people.database
        self._clock = members.people.clock
        self._vault = vault
        self._passwords = passwords
        self._throttle = throttle
        self._recovery = recovery

    def sign_in(self, email: str, password: str, ip: str) -> SignedIn:
        """Check an address and a password; with a code app, a ticket for the code comes back.

        Raises:
            Refused: 401 they do not fit, 429 too many tries.
        """
        address = email.strip().lower()
        self._throttle.begin(address, ip)
        row = store.find_by_email(self._database, address)
        right = self._passwords.verify(row and row.password, password)
        if row is None or not right or row.disabled:
            raise Refused(refusals.wrong_sign_in())
        if row.totp:
            return SignedIn(row.id, self._ticket(row.id))
        self._throttle.succeed(address, ip)
        return SignedIn(row.id)

    def enter_code(self, ticket: str, code: str, ip: str) -> str:
        """Check the code that belongs to a ticket; returns the person's id.

        Raises:
            Refused: 401 it does not fit, 410 the ticket is over, 429 too many tries.
        """
        now = self._clock.now()
        found = sessions.find_link(self._database, ticket, SECOND_FACTOR, now)
        row = found and store.find_person(self._database, found.person_id)
        if row is None or row.disabled:
            raise Refused(refusals.begin_again())
        self._throttle.begin(f"code:{row.id}", ip)
        if not self._fits(row, code) or not sessions.take_link(
            self._database, ticket, SECOND_FACTOR, now
        ):
            raise Refused(refusals.wrong_sign_in())
        for about in (f"code:{row.id}", row.email):
            self._throttle.succeed(about, ip)
        return str(row.id)

    def slow_down(self, email: str, ip: str) -> None:
        """Count a request for a reset link.

        Raises:
            Refused: 429 there were too many.
        """
        self._throttle.begin(f"forgot:{email.strip().lower()}", ip)

    def confirm(self, actor: Actor, password: str, code: str, ip: str) -> bool:
        """Check again that it is them, before something that asks for it.

        Returns:
            Whether they have shown a second factor with it.

        Raises:
            Refused: 401 it does not fit, 429 too many tries.
        """
        allow(actor, "account", "read")
        row = self._me(actor)
        self._throttle.begin(row.email or row.id, ip)
        right = self._passwords.verify(row.password, password)
        if not right or (row.totp and not self._fits(row, code)):
            raise Refused(refusals.wrong_sign_in())
        self._throttle.succeed(row.email or row.id, ip)
        return bool(row.totp)

    def show(self, actor: Actor) -> PersonRow:
        """Return one's own row."""
        allow(actor, "account", "read")
        return self._members.row(actor.id)

    def change(self, actor: Actor, name: str, email: str) -> None:
        """Change one's own name and address.

        Raises:
            Refused: The address is none or somebody else's.
        """
        allow(actor, "account", "change")
        address = read_address(email) if email.strip() else None
        known = store.find_by_email(self._database, address) if address else None
        if known is not None and known.id != actor.id:
            raise Refused(refusals.taken())
        if address != self._me(actor).email:
            allow(actor, "account", "secure")  # who holds the address can reset the password
        name = name.strip()[:200] or actor.name
        done = self._deed(actor, "account.change", "name and address")
        store.change_person(self._database, actor.id, done, name=name, email=address)

    def set_password(self, actor: Actor, old: str, new: str, ip: str) -> str:
        """Set one's own password; every session ends, and a new one begins with the answer.

        Whoever has a password shows it; who has none yet has to have signed in lately.
        """
        row = self._me(actor)
        if row.password is None:
            allow(actor, "account", "secure")
        else:
            allow(actor, "account", "change")
            self._throttle.begin(row.email or row.id, ip)
            if not self._passwords.verify(row.password, old):
                raise Refused(refusals.wrong_sign_in())
            self._throttle.succeed(row.email or row.id, ip)
        self._passwords.check(new, row.name, row.email or "")
        done = self._deed(actor, "account.secure", "a new password")
        store.change_person(self._database, actor.id, done, password=self._passwords.hash(new))
        sessions.drop_sessions(self._database, actor.id)
        return str(actor.id)

    def new_code_secret(self, actor: Actor) -> codes.CodeSecret:
        """Return a fresh secret for a code app; it holds once a code of it was shown."""
        allow(actor, "account", "secure")
        return codes.fresh(self._me(actor).email or actor.name)

    def set_code_secret(self, actor: Actor, text: str, code: str) -> None:
        """Ask for codes of this secret from now on.

        Raises:
            Refused: The code is not one of this secret.
        """
        allow(actor, "account", "secure")
        step = codes.step_of(text, code, self._clock.now(), after=0)
        if step is None:
            raise Refused(refusals.wrong_code())
        sealed = self._vault.seal(text, f"totp:{actor.id}")
        done = self._deed(actor, "account.secure", "codes of an app from now on")
        store.change_person(self._database, actor.id, done, totp=sealed, totp_step=step)

    def drop_code_secret(self, actor: Actor) -> None:
        """Ask for no codes any more."""
        allow(actor, "account", "secure")
        done = self._deed(actor, "account.secure", "no codes any more")
        store.drop_code_app(self._database, actor.id, done)

    def sessions(self, actor: Actor, current: str) -> list[SessionRow]:
        """Return one's own open sessions; `current` is the secret of the one that asks."""
        allow(actor, "account", "read")
        terms = read_terms(self._database)
        rows = sessions.sessions_of(self._database, actor.id, self._clock.now(), terms)
        mine = store.hashed(current)
        return [
            SessionRow(
                id=row.hash[:LETTERS],
                device=row.device,
                ip=row.ip,
                created=row.created,
                seen=row.seen,
                current=row.hash == mine,
            )
            for row in rows
        ]

    def end_session(self, actor: Actor, session_id: str) -> None:
        """End one of one's own sessions at once."""
        allow(actor, "account", "change")
        if len(session_id) == LETTERS:
            done = self._deed(actor, "account.change", "a session was ended")
            sessions.drop_sessions(self._database, actor.id, session_id, done)

    def _deed(self, actor: Actor, action: str, what: str) -> Deed:
        return deed(actor, self._clock.now(), action, actor.id, what=what)

    def _me(self, actor: Actor) -> Any:
        return store.find_person(self._database, actor.id)

    def _ticket(self, person_id: str) -> str:
        secret = secrets.token_urlsafe(32)
        expires = self._clock.now() + SECOND_LIFE
        sessions.add_link(self._database, secret, SECOND_FACTOR, person_id, expires, None)
        return secret

    def _fits(self, row: Any, code: str) -> bool:
        """Say whether a code fits, and use it up: none is taken twice."""
        if is_recovery(code):
            return self._recovery.take(row, code)
        text = self._vault.open(row.totp, f"totp:{row.id}")
        step = codes.step_of(text, code, self._clock.now(), after=row.totp_step)
        return step is not None and store.use_code(self._database, row.id, step)

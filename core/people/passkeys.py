"""Passkeys (WebAuthn): they know the person and the site, so they are both factors in one."""

import json
from typing import Any

from nexus.core.clock import SECOND
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.people import PasskeyRow
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.people import People
from nexus.core.people.policy import allow
from nexus.core.store import people, sessions

LIFE = 300 * SECOND
MAKE, USE = "passkey-make", "passkey-use"
MOST = 20


class Passkeys:
    """Makes, lists and checks passkeys. `host` is the site's name, `origin` its whole address."""

    def __init__(self, everybody: People) -> None:
        self._database = everybody.database
        self._clock = everybody.clock

    def list(self, actor: Actor) -> list[PasskeyRow]:
        """Return one's own passkeys."""
        allow(actor, "account", "read")
        return [
            PasskeyRow(id=row.id, name=row.name, created=row.created, used=row.used)
            for row in sessions.passkeys_of(self._database, actor.id)
        ]

    def begin(self, actor: Actor, host: str) -> str:
        """Return what the browser needs to make a passkey, as JSON."""
        import webauthn  # noqa: PLC0415 - first passkey
        from webauthn.helpers import structs  # noqa: PLC0415

        allow(actor, "account", "secure")
        known = sessions.passkeys_of(self._database, actor.id)
        options = webauthn.generate_registration_options(
            rp_id=host,
            rp_name="Nexus",
            user_id=actor.id.encode(),
            user_name=actor.name,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(row.id))
                for row in known
            ],
        )
        self._remember(options.challenge, MAKE, actor.id)
        return webauthn.options_to_json(options)

    def finish(self, actor: Actor, answer: str, name: str, host: str, origin: str) -> None:
        """Keep the passkey that the browser made.

        Raises:
            Refused: The answer is not one to our question, or cannot be verified.
        """
        import webauthn  # noqa: PLC0415 - first passkey
        from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415

        allow(actor, "account", "secure")
        challenge = self._asked(answer, MAKE, actor.id)
        if len(sessions.passkeys_of(self._database, actor.id)) >= MOST:
            raise Refused(_too_many())
        try:
            made = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=host,
                expected_origin=origin,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - whatever it says, this is no passkey of ours
            raise Refused(_not_ours()) from None
        what = "a new passkey"
        sessions.add_passkey(
            self._database,
            deed(actor, self._clock.now(), "account.secure", actor.id, what=what),
            id=bytes_to_base64url(made.credential_id),
            person_id=actor.id,
            name=name.strip()[:100] or "Passkey",
            public_key=made.credential_public_key,
            count=made.sign_count,
            created=self._clock.now(),
        )

    def drop(self, actor: Actor, passkey_id: str) -> None:
        """Take one of one's own passkeys away."""
        allow(actor, "account", "secure")
        what = "a passkey less"
        done = deed(actor, self._clock.now(), "account.secure", actor.id, what=what)
        sessions.drop_passkey(self._database, actor.id, passkey_id, done)

    def ask(self, host: str) -> str:
        """Return what the browser needs to show a passkey, as JSON; anybody may ask."""
        import webauthn  # noqa: PLC0415 - first passkey
        from webauthn.helpers import structs  # noqa: PLC0415

        options = webauthn.generate_authentication_options(
            rp_id=host, user_verification=structs.UserVerificationRequirement.REQUIRED
        )
        self._remember(options.challenge, USE, None)
        return webauthn.options_to_json(options)

    def check(self, answer: str, host: str, origin: str) -> str:
        """Return the id of the person whose passkey answered.

        Raises:
            Refused: It is not known here, or its answer cannot be verified (401).
        """
        import webauthn  # noqa: PLC0415 - first passkey

        challenge = self._asked(answer, USE, None)
        row = sessions.find_passkey(self._database, str(_read(answer).get("id")))
        person = row and people.find_person(self._database, row.person_id)
        if row is None or person is None or person.disabled:
            raise Refused(_not_ours())
        try:
            used = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=host,
                expected_origin=origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=row.count,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - whatever it says, this is no passkey of ours
            raise Refused(_not_ours()) from None
        sessions.use_passkey(self._database, row.id, used.new_sign_count, self._clock.now())
        return str(row.person_id)

    def confirm(self, actor: Actor, answer: str, host: str, origin: str) -> None:
        """Check a passkey of the actor's own.

        Raises:
            Refused: It is not known, or belongs to somebody else (401).
        """
        allow(actor, "account", "read")
        if self.check(answer, host, origin) != actor.id:
            raise Refused(_not_ours())

    def _remember(self, challenge: bytes, purpose: str, person_id: str | None) -> None:
        expires = self._clock.now() + LIFE
        sessions.add_link(self._database, challenge.hex(), purpose, person_id, expires, None)

    def _asked(self, answer: str, purpose: str, person_id: str | None) -> bytes:
        """Return the challenge that is answered, and use it up."""
        from webauthn import base64url_to_bytes  # noqa: PLC0415 - first passkey

        try:
            said = json.loads(base64url_to_bytes(_read(answer)["response"]["clientDataJSON"]))
            challenge = base64url_to_bytes(said["challenge"])
        except (ValueError, KeyError, TypeError):
            raise Refused(_not_ours()) from None
        now = self._clock.now()
        row = sessions.take_link(self._database, challenge.hex(), purpose, now)
        if row is None or row.person_id != person_id:
            raise Refused(_not_ours())
        return challenge


def _read(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _not_ours() -> Problem:
    return Problem(
        code="wrong_passkey",
        title="This passkey is not known here.",
        status=401,
        hint="Try again, or sign in another way.",
    )


def _too_many() -> Problem:
    return Problem(
        code="too_many",
        title=f"{MOST} passkeys are enough.",
        status=409,
        hint="Remove one that you no longer use.",
    )

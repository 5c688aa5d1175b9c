"""Send a person to a provider to consent, and take what comes back."""

import asyncio
import hashlib
from typing import Any

from nexus.core.clock import SECOND
from nexus.core.host.connections.keeping import Keeping, fill, grant
from nexus.core.host.connections.tokens import Tokens, authorize_url, make_secret
from nexus.core.model.actor import Actor
from nexus.core.model.problem import Problem, Refused
from nexus.core.sdk import Trouble
from nexus.core.store import connections as store

LIFE = 10 * 60 * SECOND


class Consents:
    """The authorization code flow with PKCE; its `state` holds once, for one session only."""

    def __init__(self, keeping: Keeping, tokens: Tokens) -> None:
        self._keeping = keeping
        self._tokens = tokens

    def begin(self, row: Any, session: str, redirect: str) -> str:
        """Return where to send the person.

        Raises:
            Refused: This kind of connection needs no consent.
        """
        kind = self._keeping.kind(row)
        if kind is None or grant(kind, row) != "authorization_code":
            raise Refused(_no_consent(row.alias))
        state, verifier = make_secret(), make_secret()
        values = self._keeping.values(row)
        with self._keeping.vault.turning:
            kept = {
                "hash": _hash(state),
                "connection_id": row.id,
                "session_hash": _hash(session),
                "verifier": self._keeping.vault.seal(verifier, f"consent:{_hash(state)}"),
                "expires": self._keeping.clock.now() + LIFE,
            }
            store.add_consent(self._keeping.database, kept)
        return authorize_url(kind, values, state, verifier, redirect)

    def finish(
        self, actor: Actor, session: str, state: str, code: str, error: str, redirect: str
    ) -> Any:
        """Trade what the provider sent back for tokens; returns the connection's row.

        Raises:
            Refused: The answer belongs to no consent of this session, or says no.
        """
        now = self._keeping.clock.now()
        kept = store.take_consent(self._keeping.database, _hash(state), _hash(session), now)
        row = store.by_id(self._keeping.database, kept.connection_id) if kept else None
        if kept is None or row is None:
            raise Refused(_stranger())
        if error or not code:
            words = fill("{error}", {"error": error[:80]}) or "no code came back"
            raise Refused(_denied(row.alias, words))
        verifier = self._keeping.vault.open(kept.verifier, f"consent:{kept.hash}")
        self._keeping.redactor.learn([code] if len(code) > 12 else [])
        try:
            done = self._keeping.deed(actor, "connect", row)
            asyncio.run(self._tokens.exchange(row, code, verifier, redirect, done))
        except Trouble as trouble:
            words = self._keeping.redactor.text(trouble.message)
            raise Refused(_denied(row.alias, words)) from None
        return row


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _no_consent(alias: str) -> Problem:
    title = f"The connection {alias} needs no consent; its secrets are enough."
    return Problem(code="no_consent", title=title, status=409)


def _stranger() -> Problem:
    return Problem(
        code="unknown_consent",
        title="This answer belongs to no consent that you began, or it came too late.",
        status=400,
        expected="the answer to a consent of this very session, within 10 minutes",
        hint="Open the connection and choose Connect again.",
    )


def _denied(alias: str, words: str) -> Problem:
    return Problem(
        code="no_token",
        title=f"The connection {alias} was not connected: {words}",
        status=409,
        hint="Open the connection and choose Connect again.",
    )

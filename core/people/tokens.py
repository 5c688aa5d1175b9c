"""The verbs of API tokens: make one, list them, revoke one. The secret is shown once."""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec

from nexus.core.clock import SECOND
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.people import TokenRow
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.people.people import People
from nexus.core.people.policy import allow, reaches
from nexus.core.people.scopes import read_scopes
from nexus.core.store import sessions as store

DAY = 24 * 3600 * SECOND
USUAL_LIFE = 90  # days
CONSOLE = "command line"
NO_SCOPES: tuple[str, ...] = ()


class Tokens:
    """Everything that can be asked of API tokens."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._database = people.database
        self._clock = people.clock

    def make(
        self,
        actor: Actor,
        name: str,
        scopes: Sequence[str] = NO_SCOPES,
        days: int | None = USUAL_LIFE,
    ) -> tuple[TokenRow, str]:
        """Make a token with some of the actor's own rights; returns it and its secret.

        Without scopes it holds all of the actor's rights but those that need a fresh sign-in.

        Raises:
            Refused: A scope is unknown, or beyond the actor's own rights.
        """
        allow(actor, "token", "make")
        chosen = sorted(set(scopes)) or self._usual(actor)
        self._check(actor, chosen)
        now, secret = self._clock.now(), f"nx_{secrets.token_urlsafe(32)}"
        values = {
            "id": f"tok_{secrets.token_hex(6)}",
            "person_id": actor.id,
            "name": name,
            "scopes": msgspec.json.encode(chosen),
            "console": False,
            "created": now,
            "expires": None if days is None else now + days * DAY,
        }
        done = deed(actor, now, "token.make", str(values["id"]), name=name)
        store.add_token(self._database, secret, done, **values)
        return self._find(actor, str(values["id"])), secret

    def for_console(self) -> str:
        """Make the token by which the command line speaks to this very server."""
        secret, now = f"nx_{secrets.token_urlsafe(32)}", self._clock.now()
        actor, id_ = self._people.console(), f"tok_{secrets.token_hex(6)}"
        store.add_token(
            self._database,
            secret,
            deed(actor, now, "token.make", id_, name=CONSOLE),
            id=id_,
            person_id=actor.id,
            name=CONSOLE,
            scopes=b"null",
            console=True,
            created=now,
            expires=None,
        )
        return secret

    def list(self, actor: Actor) -> list[TokenRow]:
        """Return the tokens that the actor may see: its own, or all."""
        scope = allow(actor, "token", "read")
        rows = store.all_tokens(self._database)
        return [token_row(row) for row in rows if _within(actor, scope, row)]

    def revoke(self, actor: Actor, token_id: str) -> None:
        """End a token at once.

        Raises:
            Refused: 404 there is no such token within the actor's reach.
        """
        scope = allow(actor, "token", "revoke")
        rows = store.all_tokens(self._database)
        near = (row for row in rows if row.id == token_id and _within(actor, scope, row))
        row = next(near, None)
        if row is None:
            raise missing("token", token_id, "See `nexus token list`.")
        done = deed(actor, self._clock.now(), "token.revoke", token_id, name=row.name)
        store.drop_token(self._database, token_id, done)

    def _find(self, actor: Actor, token_id: str) -> TokenRow:
        rows = store.all_tokens(self._database)
        return token_row(next(row for row in rows if row.id == token_id))

    def _usual(self, actor: Actor) -> Sequence[str]:
        held = actor.rights.items()
        return sorted(
            f"{resource}.{verb}"
            for (resource, verb), right in held
            if right.scope is not None and not right.step_up
        )

    def _check(self, actor: Actor, chosen: Sequence[str]) -> None:
        for text, pair in zip(chosen, map(_pair, chosen), strict=True):
            right = actor.rights.get(pair)
            if right is None:
                raise Refused(_unknown(text))
            if right.scope is None:
                raise Refused(_beyond(actor, text))
            if right.step_up:
                allow(actor, *pair)  # a scope like this is worth a fresh sign-in


def _pair(text: str) -> tuple[str, str]:
    found = read_scopes([text])
    assert found is not None
    return next(iter(found))


def _within(actor: Actor, scope: Any, row: Any) -> bool:
    return reaches(actor, scope, owner=row.person_id, team=row.team, client=row.client)


def token_row(row: Any) -> TokenRow:
    """Return a token as lists show it; nobody can get its secret from it."""
    return TokenRow(
        id=row.id,
        name=row.name,
        person_id=row.person_id,
        person=row.person_name,
        scopes=tuple(msgspec.json.decode(row.scopes, type=list[str])),
        created=row.created,
        expires=row.expires,
        used=row.used,
    )


def _unknown(text: str) -> Problem:
    return Problem(
        code="unknown_scope",
        title=f"There is no scope {text!r}.",
        expected="resource.verb, like flow.read",
        hint="docs/people.md lists them all.",
    )


def _beyond(actor: Actor, text: str) -> Problem:
    return Problem(
        code="beyond_own_rights",
        title=f"{actor.name} may not do {text}, so a token of theirs may not either.",
        status=403,
        hint="Leave this scope out, or ask an owner.",
    )

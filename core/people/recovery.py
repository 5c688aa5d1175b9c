"""Recovery codes: ten ways in for whoever has lost the code app, shown once, each good once."""

import base64
import re
import secrets
from typing import Any

from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.people import People
from nexus.core.people.policy import allow
from nexus.core.store import people as people_store
from nexus.core.store import recovery as store

COUNT = 10
BYTES = 10  # 80 bits each: nobody finds one from its hash
CODE = re.compile("[A-Z2-7]{16}")


class RecoveryCodes:
    """Makes recovery codes, counts what is left, and takes them."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._database = people.database

    def make(self, actor: Actor) -> list[str]:
        """Return new codes, this once; those of before are worth nothing any more.

        Raises:
            Refused: There is no code app whose place they could take (409).
        """
        allow(actor, "account", "secure")
        row = people_store.find_person(self._database, actor.id)
        if row is None or not row.totp:
            raise Refused(_no_app())
        codes = [_fresh() for _ in range(COUNT)]
        what = "new recovery codes"
        done = deed(actor, self._people.clock.now(), "account.secure", actor.id, what=what)
        store.put(self._database, actor.id, [_hashed(actor.id, one) for one in codes], done)
        return codes

    def left(self, actor: Actor) -> int:
        """Return how many codes the actor has left."""
        allow(actor, "account", "read")
        return store.left(self._database, actor.id)

    def take(self, row: Any, code: str) -> bool:
        """Use a code of this person up; whoever asks has slowed guessing down."""
        text = plain(code)
        who = self._people.somebody(row.id, row.name)
        what = "one recovery code was used up"
        done = deed(who, self._people.clock.now(), "account.secure", row.id, what=what)
        return store.take(self._database, row.id, _hashed(row.id, text), done)


def is_recovery(code: str) -> bool:
    """Say whether somebody typed a recovery code rather than six digits."""
    return CODE.fullmatch(plain(code)) is not None


def plain(code: str) -> str:
    """Return a code without what only makes it readable."""
    return re.sub(r"[\s-]", "", code).upper()


def _fresh() -> str:
    text = base64.b32encode(secrets.token_bytes(BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def _hashed(person_id: str, code: str) -> str:
    return people_store.hashed(f"{person_id}:{plain(code)}")


def _no_app() -> Problem:
    return Problem(
        code="no_code_app",
        title="Recovery codes take the place of a code app, and none is set up.",
        status=409,
        hint="Set up a code app first.",
    )

"""On which terms people are let in: how long sessions hold, and who needs a second factor."""

from collections.abc import Sequence

import msgspec

from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.people import TermsRow
from nexus.core.model.problem import Problem, Refused
from nexus.core.people import refusals
from nexus.core.people.people import People
from nexus.core.people.policy import allow
from nexus.core.store.settings import TERMS, read_terms, write_setting

DAY = 24 * 60  # minutes
IDLE = (5, 7 * DAY)
LONGEST = (15, 30 * DAY)


class Terms:
    """Shows and sets the terms. They hold at once, for open sessions too."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._database = people.database

    def show(self, actor: Actor) -> TermsRow:
        """Return the terms of now."""
        allow(actor, "terms", "read")
        return read_terms(self._database)

    def set(
        self, actor: Actor, idle_minutes: int, longest_minutes: int, second_factor: Sequence[str]
    ) -> TermsRow:
        """Set the terms; whom a second factor is demanded of shows one at their next sign-in.

        Raises:
            Refused: A time is out of bounds, or a role is unknown.
        """
        allow(actor, "terms", "set")
        _check("idle_minutes", idle_minutes, *IDLE)
        _check("longest_minutes", longest_minutes, *LONGEST)
        if idle_minutes > longest_minutes:
            raise Refused(_crossed())
        roles = tuple(sorted(set(second_factor)))
        for role in roles:
            if role not in self._people.policy.roles:
                raise Refused(refusals.unknown_role(role, self._people.policy.roles))
        wanted = TermsRow(
            idle_minutes=idle_minutes, longest_minutes=longest_minutes, second_factor=roles
        )
        before, after = (msgspec.to_builtins(row) for row in (read_terms(self._database), wanted))
        told = {"idle": idle_minutes, "longest": longest_minutes, "roles": ", ".join(roles) or "-"}
        now = self._people.clock.now()
        done = deed(actor, now, "terms.set", TERMS, before=before, after=after, **told)
        write_setting(self._database, TERMS, after, done)
        return wanted


def _check(field: str, minutes: int, least: int, most: int) -> None:
    if not least <= minutes <= most:
        title = f"{minutes} minutes are out of bounds."
        expected = f"{least} to {most} minutes"
        raise Refused(Problem(code="bad_terms", title=title, field=field, expected=expected))


def _crossed() -> Problem:
    return Problem(
        code="bad_terms",
        title="A session would end before it could be idle for so long.",
        field="idle_minutes",
        expected="an idle end that is not after the absolute end",
    )

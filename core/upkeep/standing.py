"""The verbs of the hold: see it, stop everything, and let a stopped or restored copy go on."""

from collections.abc import Callable
from dataclasses import dataclass

from nexus.core.clock import Clock
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.policy import allow
from nexus.core.store.database import Database

LONGEST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingRow:
    """Whether the installation stands still, and which copy of it this is.

    `taken` is when the backup was taken that this copy was restored from; None for none.
    """

    installation: str
    copy: str
    held: bool
    reason: str
    taken: int | None


class Standing:
    """On hold an installation accepts nothing and sends nothing; people still see everything."""

    def __init__(self, database: Database, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._hold = database.hold
        self._clock = clock
        self._wake = wake

    @property
    def reason(self) -> str:
        """Why it stands still, for every page; empty while it works."""
        return self._hold.reason

    def show(self, actor: Actor) -> StandingRow:
        """Say whether it stands still."""
        allow(actor, "installation", "read")
        hold = self._hold
        return StandingRow(
            installation=self._database.installation,
            copy=hold.copy,
            held=hold.is_on,
            reason=hold.reason,
            taken=hold.taken or None,
        )

    def hold(self, actor: Actor, reason: str) -> StandingRow:
        """Accept nothing and send nothing more; what was sent already comes home.

        Raises:
            Refused: The reason is missing or too long.
        """
        allow(actor, "installation", "hold")
        reason = " ".join(reason.split())
        if not 1 <= len(reason) <= LONGEST:
            title, expected = "Say why, for everybody who wonders.", f"1 to {LONGEST} characters"
            raise Refused(Problem(code="bad_reason", title=title, expected=expected))
        done = deed(actor, self._clock.now(), "installation.hold", self._hold.copy, reason=reason)
        self._hold.begin(reason, done)
        return self.show(actor)

    def release(self, actor: Actor) -> StandingRow:
        """Let it go on, here and from now on; no other copy may be at work.

        Raises:
            Refused: It is not on hold.
        """
        allow(actor, "installation", "release")
        self._hold.look()
        if not self._hold.is_on:
            title = "Nexus is not on hold; it works."
            raise Refused(Problem(code="wrong_state", title=title, status=409))
        now, reason = self._clock.now(), self._hold.reason
        done = deed(actor, now, "installation.release", self._hold.copy, reason=reason)
        self._hold.end(done)
        self._wake()
        return self.show(actor)

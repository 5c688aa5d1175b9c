"""What core verbs answer about people, roles, tokens and sessions. Times: microseconds UTC."""

from dataclasses import dataclass

from nexus.core.model.actor import Right, Scope

MINUTE = 60 * 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class TermsRow:
    """On which terms sessions hold, and which roles have to show a second factor."""

    idle_minutes: int = 120
    longest_minutes: int = 720
    second_factor: tuple[str, ...] = ()

    @property
    def idle(self) -> int:
        """How long a session holds that nobody uses, in microseconds."""
        return self.idle_minutes * MINUTE

    @property
    def longest(self) -> int:
        """How long a session holds at most, in microseconds."""
        return self.longest_minutes * MINUTE


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRow:
    """An API token without its secret. `used` is right to the minute."""

    id: str
    name: str
    person_id: str
    person: str
    scopes: tuple[str, ...]
    created: int
    expires: int | None
    used: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRow:
    """A person as the list shows them. `factors` names how they can sign in."""

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    team: str
    client: str | None
    state: str
    created: int
    seen: int | None
    factors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RightRow:
    """One right of somebody: how far it reaches and why; `changed` when it was set by hand."""

    resource: str
    verb: str
    scope: Scope | None
    step_up: bool
    why: str
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonView:
    """A person with what they may do, and why."""

    row: PersonRow
    rights: tuple[RightRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleRow:
    """A role template with its rights. `people` is how many hold it."""

    id: str
    title: str
    about: str
    for_client: bool
    people: int
    rights: dict[tuple[str, str], Right]
    changed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InvitationRow:
    """An open invitation. `token` is there once, for who made it, when no mail was sent."""

    email: str
    name: str
    roles: tuple[str, ...]
    team: str
    client: str | None
    created: int
    expires: int
    token: str = ""
    mailed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """An open session. `current` is the one that asks."""

    id: str
    device: str
    ip: str
    created: int
    seen: int
    current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PasskeyRow:
    """A passkey of the person who asks."""

    id: str
    name: str
    created: int
    used: int | None

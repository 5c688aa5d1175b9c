"""Who asks: every core verb takes an Actor, and there is no default one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Scope = Literal["own", "client", "team", "all"]
Pair = tuple[str, str]  # (resource, verb)


@dataclass(frozen=True, slots=True)
class Right:
    """What somebody may do with one (resource, verb): how far, and why so.

    `scope` is None where it is not allowed. With `step_up` they must have proved lately that it
    is them.
    """

    scope: Scope | None
    step_up: bool
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A person, a token or the console, with everything that decides what it may do.

    `via` says through which door it came: `page`, `api`, `cli` or `engine`. `client` is the company
    of a portal user. `scopes` narrow a token; None narrows nothing. `authenticated` is when they
    last proved who they are (microseconds UTC), and `fresh` that this was lately enough.
    `rights` holds every pair of the policy table, resolved. `ip` says from where it came over the
    net, where that is known. `owes` says that a second factor is demanded that they have not shown;
    their rights are then those that it takes to set one up.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    team: str
    client: str | None
    scopes: frozenset[Pair] | None
    authenticated: int
    fresh: bool
    via: str
    rights: Mapping[Pair, Right]
    ip: str = ""
    owes: bool = False

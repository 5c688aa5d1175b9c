"""Who may do what: rights are resolved from the table here, and checked here, once, for all doors.

Pages, the API, the command line and running flows come through `allow`.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from nexus.core.model.actor import Actor, Pair, Right, Scope
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.roles import ROLES, Role
from nexus.core.people.table import POLICY, Rule

Changes = Mapping[Pair, Scope | None]
COVERS: dict[Scope, frozenset[Scope]] = {
    "own": frozenset({"own"}),
    "client": frozenset({"own", "client"}),
    "team": frozenset({"own", "team"}),
    "all": frozenset({"own", "client", "team", "all"}),
}
NOTHING: Changes = MappingProxyType({})


class Policy:
    """The table of one installation: what ships, and what its active modules add."""

    def __init__(
        self, more: Mapping[Pair, Rule] = MappingProxyType({}), roles: Iterable[Role] = ()
    ) -> None:
        self.table: dict[Pair, Rule] = {**POLICY, **more}
        self.roles: dict[str, Role] = ROLES | {role.id: role for role in roles}

    def actor(
        self,
        *,
        id: str,
        name: str,
        roles: tuple[str, ...],
        via: str,
        now: int = 0,
        ip: str = "",
    ) -> Actor:
        """Return an actor who has just proved who it is and has its roles' rights as shipped."""
        return Actor(
            id=id,
            name=name,
            roles=roles,
            team="",
            client=None,
            scopes=None,
            authenticated=now,
            fresh=True,
            via=via,
            rights=self.rights(roles),
            ip=ip,
        )

    def rights(
        self,
        roles: Iterable[str],
        changed_roles: Mapping[str, Changes] = MappingProxyType({}),
        own: Changes = NOTHING,
    ) -> dict[Pair, Right]:
        """Return every pair with how far it is allowed and why.

        `changed_roles` are changes made to templates in this installation; `own` are a person's,
        which win over all of their roles.
        """
        held = [*roles]
        return {pair: self._right(pair, held, changed_roles, own) for pair in self.table}

    def _right(
        self, pair: Pair, roles: list[str], changed: Mapping[str, Changes], own: Changes
    ) -> Right:
        rule = self.table[pair]
        if pair in own:
            return Right(own[pair], rule.step_up, _personal(own[pair]))
        best, why = None, "no role of theirs gives it"
        for role in roles:
            change = changed.get(role, NOTHING)
            scope = change[pair] if pair in change else rule.grants.get(role)
            if scope is not None and (best is None or wider(scope, best)):
                best, why = scope, self._source(role, pair in change)
        return Right(best, rule.step_up, why)

    def _source(self, role: str, is_changed: bool) -> str:
        title = self.roles[role].title if role in self.roles else role
        return f"the role {title}" + (", as it was changed here" if is_changed else "")


def wider(one: Scope, other: Scope) -> bool:
    """Say whether a scope reaches further than another."""
    return one != other and other in COVERS[one]


def _personal(scope: Scope | None) -> str:
    return "taken from this person" if scope is None else "given to this person"


def allow(actor: Actor, resource: str, verb: str) -> Scope:
    """Let the actor pass and say how far it reaches, or refuse with 403.

    Raises:
        Refused: It may not, or must first prove again who it is.
    """
    if not isinstance(actor, Actor):
        raise TypeError(f"{resource}.{verb} was asked without an actor")
    right = actor.rights[resource, verb]  # a pair that no table holds is a bug
    if right.scope is None:
        raise Refused(_forbidden(actor, resource, verb, right.why))
    if right.step_up and not actor.fresh:
        raise Refused(_step_up(resource, verb))
    return right.scope


def allows(actor: Actor, resource: str, verb: str) -> bool:
    """Say whether the actor may, for verbs that then simply show less."""
    return actor.rights[resource, verb].scope is not None


def reaches(actor: Actor, scope: Scope, *, owner: str, team: str, client: str | None) -> bool:
    """Say whether a scope of the actor's covers a thing of this owner, team and client."""
    match scope:
        case "all":
            return True
        case "own":
            return owner == actor.id
        case "client":
            return actor.client is not None and client == actor.client
        case "team":
            return owner == actor.id or (bool(actor.team) and team == actor.team)


def covers(held: Mapping[Pair, Right], wanted: Mapping[Pair, Right]) -> list[Pair]:
    """Return the pairs in which `wanted` goes beyond `held`; empty when nothing does."""
    beyond = []
    for pair, right in wanted.items():
        mine = held[pair].scope
        if right.scope is not None and (mine is None or right.scope not in COVERS[mine]):
            beyond.append(pair)
    return beyond


def _forbidden(actor: Actor, resource: str, verb: str, why: str) -> Problem:
    return Problem(
        code="forbidden",
        title=f"{actor.name} may not do this: {resource}.{verb}.",
        status=403,
        detail=f"Why: {why}.",
        hint="Ask an owner or admin; Settings → People shows everybody's rights and why.",
    )


def _step_up(resource: str, verb: str) -> Problem:
    return Problem(
        code="confirm_needed",
        title="Please confirm first that it is you.",
        status=403,
        detail=f"({resource}.{verb} asks for a sign-in within the last 10 minutes.)",
        hint="Enter your password, use your passkey, or open a fresh sign-in link.",
    )

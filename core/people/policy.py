"""The one policy table: which roles may do what. Checked here, once, for pages, API and CLI."""

from nexus.core.model.actor import Actor, Role
from nexus.core.model.problem import Problem, Refused

ALL: frozenset[Role] = frozenset({"owner", "admin", "builder", "operator", "viewer"})
RUNNERS: frozenset[Role] = ALL - {"viewer"}
BUILDERS: frozenset[Role] = frozenset({"owner", "admin", "builder"})
ADMINS: frozenset[Role] = frozenset({"owner", "admin"})

POLICY: dict[tuple[str, str], frozenset[Role]] = {
    ("flow", "read"): ALL,
    ("flow", "save"): BUILDERS,
    ("flow", "publish"): BUILDERS,
    ("flow", "turn"): BUILDERS,
    ("flow", "configure"): BUILDERS,
    ("run", "read"): ALL,
    ("run", "retry"): RUNNERS,
    ("run", "cancel"): RUNNERS,
    ("event", "send"): RUNNERS,
    ("hook", "read"): BUILDERS,
    ("hook", "secret"): ADMINS,
    ("connection", "read"): BUILDERS,
    ("connection", "set"): ADMINS,
    ("connection", "allow"): ADMINS,
    ("connection", "turn"): ADMINS,
    ("connection", "test"): ADMINS,
    ("connection", "connect"): ADMINS,
    ("connection", "remove"): ADMINS,
    ("key", "read"): ADMINS,
    ("key", "rotate"): frozenset({"owner"}),
    ("module", "read"): ALL,
    ("token", "make"): ADMINS,
    ("audit", "read"): ADMINS,
}


def allow(actor: Actor, resource: str, verb: str) -> None:
    """Let the actor pass, or refuse with 403. A pair that the table does not hold is a bug."""
    if not isinstance(actor, Actor):
        raise TypeError(f"{resource}.{verb} was asked without an actor")
    if actor.role not in POLICY[resource, verb]:
        raise Refused(_forbidden(actor, resource, verb))


def allows(actor: Actor, resource: str, verb: str) -> bool:
    """Say whether the actor may, for verbs that then simply show less."""
    return actor.role in POLICY[resource, verb]


def _forbidden(actor: Actor, resource: str, verb: str) -> Problem:
    able = ", ".join(sorted(POLICY[resource, verb]))
    return Problem(
        code="forbidden",
        title=f"{actor.name} may not {verb} a {resource}.",
        status=403,
        expected=f"one of the roles {able}",
        hint="Ask the owner.",
    )

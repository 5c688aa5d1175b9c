"""The one policy table: (resource, verb) → roles, how far each reaches, and whether to step up."""

from collections.abc import Mapping
from dataclasses import dataclass

from nexus.core.model.actor import Pair, Scope
from nexus.core.people.roles import ROLES


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do one thing. With `step_up` they prove first, again, that it is them."""

    grants: Mapping[str, Scope]
    step_up: bool = False


def rule(
    all_: str = "", team: str = "", client: str = "", own: str = "", step_up: bool = False
) -> Rule:
    """Write a rule down: role names by how far they reach."""
    words: dict[Scope, str] = {"own": own, "client": client, "team": team, "all": all_}
    grants = {role: scope for scope, names in words.items() for role in names.split()}
    return Rule(grants, step_up)


EVERYBODY = " ".join(ROLES)
STAFF = " ".join(role.id for role in ROLES.values() if not role.for_client)
ADMINS = "owner admin"
BUILDERS = "owner admin builder"
RUNNERS = "owner admin builder operator support it"
LOOKERS = "owner admin builder operator advisor support it viewer"
DOERS = "owner admin builder operator advisor finance support it"

POLICY: dict[Pair, Rule] = {
    ("flow", "read"): rule(LOOKERS),
    ("flow", "save"): rule(BUILDERS),
    ("flow", "publish"): rule(BUILDERS),
    ("flow", "turn"): rule(BUILDERS),
    ("flow", "configure"): rule(BUILDERS),
    ("decision", "read"): rule(LOOKERS),
    ("decision", "save"): rule(BUILDERS),
    ("run", "read"): rule(LOOKERS),
    ("run", "retry"): rule(RUNNERS),
    ("run", "cancel"): rule(RUNNERS),
    ("run", "undo"): rule(RUNNERS),
    ("event", "send"): rule(RUNNERS),
    ("hook", "read"): rule("owner admin builder it"),
    ("hook", "secret"): rule(ADMINS, step_up=True),
    ("connection", "read"): rule("owner admin builder it"),
    ("connection", "set"): rule(ADMINS, step_up=True),
    ("connection", "allow"): rule(ADMINS, step_up=True),
    ("connection", "turn"): rule(ADMINS),
    ("connection", "test"): rule(ADMINS),
    ("connection", "connect"): rule(ADMINS, step_up=True),
    ("connection", "remove"): rule(ADMINS, step_up=True),
    ("module", "read"): rule(STAFF),
    ("module", "install"): rule(ADMINS, step_up=True),
    ("person", "read"): rule(ADMINS, team="advisor support", client="client_owner"),
    ("person", "invite"): rule(ADMINS, client="client_owner", step_up=True),
    ("person", "roles"): rule(ADMINS, client="client_owner", step_up=True),
    ("person", "disable"): rule(ADMINS, client="client_owner"),
    ("person", "reset"): rule(ADMINS, client="client_owner", step_up=True),
    ("role", "read"): rule(ADMINS),
    ("role", "edit"): rule("owner", step_up=True),
    ("token", "read"): rule(ADMINS, own=STAFF),
    ("token", "make"): rule(own=STAFF),
    ("token", "revoke"): rule(ADMINS, own=STAFF),
    ("account", "read"): rule(own=EVERYBODY),
    ("account", "change"): rule(own=EVERYBODY),
    ("account", "secure"): rule(own=EVERYBODY, step_up=True),
    ("terms", "read"): rule(ADMINS),
    ("terms", "set"): rule("owner", step_up=True),
    ("sso", "read"): rule(ADMINS),
    ("sso", "set"): rule("owner", step_up=True),
    ("key", "read"): rule(ADMINS),
    ("key", "rotate"): rule("owner", step_up=True),
    ("audit", "read"): rule(ADMINS),
    ("installation", "read"): rule(ADMINS),
    ("installation", "backup"): rule("owner", step_up=True),
    ("installation", "hold"): rule(ADMINS),
    ("installation", "release"): rule("owner", step_up=True),
    ("installation", "retain"): rule("owner", step_up=True),
    ("flow", "expect"): rule(BUILDERS),
    ("data", "export"): rule("owner", step_up=True),
    # What a run may do outside, by the rights of whoever published its flow.
    ("effect", "read"): rule(DOERS),
    ("effect", "write"): rule(DOERS),
    ("effect", "notify"): rule(DOERS),
    ("effect", "money"): rule("owner admin finance"),
    ("effect", "destructive"): rule("owner admin builder it"),
}

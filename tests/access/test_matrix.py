"""Every door, for every role, at own and other companies, equals the policy table cell by cell.

The doors come from the application itself: its URL map (pages, parts, API, streams) and the tree
of commands. One that does not say what it needs keeps the application from starting.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner
from flask import Flask

from nexus.core.people.policy import COVERS
from nexus.core.people.roles import ROLES
from nexus.core.people.table import POLICY
from nexus.core.store import people as store
from nexus.core.store import sessions
from nexus.core.store.people_tables import person, person_role, right_change, token
from nexus.ui.cli import Console, cli
from nexus.ui.cli.client import Client
from nexus.ui.cli.offline import InProcess
from nexus.ui.door import KNOWN, OPEN, needs_of

pytestmark = pytest.mark.xdist_group("access")
TARGETS = {  # whom a route about a person is tried on: (client, team)
    "own company": ("acme", "south"),
    "other company": ("umbrella", "south"),
    "own team": (None, "north"),
    "other team": (None, "south"),
}
PAGE = {"on": "0", "hook": "order", "data": "{}", "secret": "s3cret", "emails": "a@example.com"}
PAGE |= {"module": "http", "kind": "api", "f-base_url": "https://a.example", "client": ""}
PAGE |= {"right": "account.read", "scope": "own", "id": "x", "days": "7", "name": "n"}
BODIES = {
    "publish_flow": {},
    "turn_flow": {"on": True},
    "configure_flow": {},
    "set_hook_secret": {"secret": "x"},
    "send_event": {},
    "set_connection": {"module": "none"},
    "turn_connection": {"on": True},
    "make_token": {"name": "x"},
    "invite": {"email": "b@example.com"},
    "uninvite": {"email": "none@example.com"},
    "change_right": {"resource": "account", "verb": "read", "scope": "own"},
    "edit_role": {"resource": "account", "verb": "read", "scope": "own"},
    "disable_person": {},
    "set_terms": {"idle_minutes": 120, "longest_minutes": 720, "second_factor": []},
    "hold": {"reason": " "},
    "set_retention": {},
    "expect_flow": {},
}


@dataclass(frozen=True)
class Door:
    """One address with one method."""

    endpoint: str
    method: str
    rule: object
    needs: tuple[str, str]

    @property
    def is_api(self) -> bool:
        return self.endpoint.startswith("api.")

    def path(self, values: dict[str, str]) -> str:
        return self.rule.build({name: values[name] for name in self.about})[1]

    @property
    def about(self) -> set[str]:
        return set(self.rule.arguments)


def doors(app):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            view = app.view_functions[rule.endpoint]
            yield Door(rule.endpoint, method, rule, needs_of(view))


def at_routes(app):
    """The doors that are not about a person or a token."""
    return [door for door in doors(app) if not {"person_id", "token_id"} & door.about]


def about_people(app):
    return [door for door in doors(app) if "person_id" in door.about]


def about_tokens(app):
    return [door for door in doors(app) if "token_id" in door.about]


def reach(role: str, pair: tuple[str, str]):
    """How far the table lets a role go; None is not at all."""
    return POLICY[pair].grants.get(role)


def sees(scope: str, whose: str) -> bool:
    near = {"all": set(TARGETS), "team": {"own team"}, "client": {"own company"}, "own": set()}
    return whose in near[scope]


def put_target(nexus, whose: str) -> None:
    """Place the person that is acted upon, afresh."""
    client, team = TARGETS[whose]
    role = "client_member" if client else "viewer"
    row = {"id": "target", "name": "Target", "client": client, "team": team, "created": 2}
    with nexus.database.write() as connection:
        connection.execute(person.delete().where(person.c.id == "target"))
        connection.execute(person_role.delete().where(person_role.c.person_id == "target"))
        connection.execute(right_change.delete().where(right_change.c.subject == "target"))
        store.insert_person(connection, row, [role])


def put_shop(nexus) -> None:
    """Set the connection that is acted upon, afresh."""
    values = {"base_url": "https://a.example"}
    nexus.connections.set(nexus.people.console(), "shop", "http", values)


def put_token(nexus, person_id: str, token_of) -> None:
    with nexus.database.write() as connection:
        connection.execute(token.delete().where(token.c.id == "tok_target"))
    token_of(person_id, "tok_target")


class Visitor:
    """Somebody of one role, at pages by a session and at the API by a token."""

    def __init__(self, app, nexus, token_of, person_id: str, client: str | None) -> None:
        self._app, self._nexus, self._person, self._client = app, nexus, person_id, client
        self._token = token_of(person_id)

    def open(self, door: Door, values: dict[str, str], whose: str = "", stale: bool = False):
        path = door.path(values)
        client = self._app.test_client()
        if door.is_api:
            headers = {"Authorization": f"Bearer {self._token}"}
            return client.open(path, method=door.method, headers=headers, **self._api(door, whose))
        secret = self._nexus.people.begin(self._person)
        if stale:
            sessions.change_session(self._nexus.database, secret, authenticated=0)
        client.set_cookie("nexus", secret)
        form = PAGE | self._roles(whose) if door.method == "POST" else None
        answer = client.open(path, method=door.method, data=form, headers={"Accept": "text/html"})
        answer.get_data()
        answer.close()
        return answer

    def _api(self, door: Door, whose: str):
        name = door.endpoint.rpartition(".")[2]
        if name in ("save_flow", "validate_flow", "save_decision", "validate_decision"):
            return {"data": "id: roles\n", "content_type": "application/yaml"}
        if name in ("set_roles", "invite"):
            wish = self._roles(whose)
            more = BODIES.get(name, {})
            return {"json": more | {"roles": [wish["role"]], "client": wish["client"] or None}}
        return {"json": BODIES[name]} if name in BODIES else {}

    def _roles(self, whose: str) -> dict[str, str]:
        client = TARGETS[whose][0] if whose else self._client
        return {"role": "client_member" if client else "viewer", "client": client or ""}


def is_refusal(answer) -> bool:
    """True for a 403 of the policy, in whichever form it is told."""
    return answer.status_code == 403 and "forbidden" in answer.text


def values_of(run_id: str) -> dict[str, str]:
    values = {
        "flow_id": "order",
        "table_id": "none",
        "run_id": run_id,
        "key": "none",
        "filename": "app.css",
    }
    values |= {"person_id": "target", "token_id": "tok_target", "provider_id": "none"}
    values |= {
        "session_id": "0" * 16,
        "role": "viewer",
        "name": "shop",
        "alias": "shop",
        "kind": "csv",
    }
    return values | {"module_id": "none", "kind": "csv"}


@pytest.fixture(scope="module")
def visitors(app, nexus, cast, token_of):
    return {
        role.id: Visitor(app, nexus, token_of, cast[role.id], "acme" if role.for_client else None)
        for role in ROLES.values()
    }


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_in_exactly_where_the_table_says(app, nexus, visitors, run_id, role):
    wrong = []
    for door in at_routes(app):
        if {"name", "alias"} & door.about:
            put_shop(nexus)
        answer = visitors[role].open(door, values_of(run_id))
        free = door.needs[0] in (OPEN, KNOWN)
        may = free or reach(role, door.needs) is not None
        if is_refusal(answer) is may or answer.status_code >= 500:
            wrong.append((door.endpoint, door.method, may, answer.status_code, answer.text[:300]))
    assert wrong == []


@pytest.mark.parametrize("whose", TARGETS)
@pytest.mark.parametrize("role", ROLES)
def test_people_are_reached_as_far_as_the_scope_goes(app, nexus, visitors, run_id, role, whose):
    wrong = []
    for door in about_people(app):
        put_target(nexus, whose)
        answer = visitors[role].open(door, values_of(run_id), whose)
        scope = reach(role, door.needs)
        expected = 403 if scope is None else 404 if not sees(scope, whose) else 200
        seen = 200 if answer.status_code in (200, 201, 204, 303) else answer.status_code
        if seen != expected:
            wrong.append((door.endpoint, door.method, expected, seen, answer.text[:300]))
    assert wrong == []


@pytest.mark.parametrize("mine", [True, False], ids=["own", "other"])
@pytest.mark.parametrize("role", ROLES)
def test_tokens_are_ones_own_unless_the_scope_is_all(
    app, nexus, cast, visitors, token_of, run_id, role, mine
):
    other = "operator" if role == "it" else "it"
    for door in about_tokens(app):
        put_token(nexus, cast[role if mine else other], token_of)
        answer = visitors[role].open(door, values_of(run_id))
        scope = reach(role, door.needs)
        expected = 403 if scope is None else 404 if scope == "own" and not mine else 200
        seen = 200 if answer.status_code in (200, 204, 303) else answer.status_code
        assert seen == expected, (door.endpoint, answer.text[:300])


@pytest.mark.parametrize("role", ROLES)
def test_what_asks_for_a_fresh_sign_in_leads_there_first(app, nexus, visitors, run_id, role):
    for door in doors(app):
        needs_more = door.needs[0] not in (OPEN, KNOWN) and POLICY[door.needs].step_up
        if door.is_api or not needs_more or reach(role, door.needs) is None:
            continue
        put_shop(nexus)
        put_target(nexus, "own company" if role.startswith("client") else "other team")
        answer = visitors[role].open(door, values_of(run_id), stale=True)
        assert answer.status_code == 303, (door.endpoint, answer.text[:300])
        assert answer.location.startswith("/confirm?next="), door.endpoint


def test_a_stranger_gets_in_nowhere_but_at_the_open_doors(app, run_id):
    for door in doors(app):
        path, method = door.path(values_of(run_id)), door.method
        answer = app.test_client().open(path, method=method, headers={"Accept": "application/json"})
        answer.close()
        stopped = answer.status_code == 401 and "signed_out" in answer.text
        stopped = stopped or (door.is_api and answer.status_code == 401)
        assert stopped is (door.needs[0] != OPEN), (door.endpoint, answer.status_code, answer.text)


def test_a_route_that_does_not_say_what_it_needs_stops_the_application():
    app = Flask("x")
    app.add_url_rule("/new", "new", lambda: "new")
    with pytest.raises(LookupError, match="does not say what it needs"):
        list(doors(app))


def test_every_pair_that_a_route_names_stands_in_the_table(app):
    for door in doors(app):
        assert door.needs[0] in (OPEN, KNOWN) or door.needs in POLICY, door


def test_wider_scopes_cover_narrower_ones():
    assert all(scope in COVERS[scope] and "own" in COVERS[scope] for scope in COVERS)


# The command line

RUN = "run_0000000000000"
VERBS = {  # a command: what it needs, and words with which it can be called
    "audit export": ("audit.read", ""),
    "audit list": ("audit.read", ""),
    "audit verify": ("audit.read", ""),
    "connection list": ("connection.read", ""),
    "connection remove": ("connection.remove", "none --yes"),
    "connection test": ("connection.test", "none"),
    "connection turn": ("connection.turn", "none on"),
    "connection set": ("connection.set", "none --module http base_url=https://example.com"),
    "decision import": ("decision.save", "{flow}"),
    "decision list": ("decision.read", ""),
    "decision show": ("decision.read", "none"),
    "decision validate": ("decision.read", "{flow}"),
    "doctor": ("connection.read", ""),
    "event send": ("event.send", "{file} --hook none"),
    "backup": ("installation.read", "--list"),
    "flow expect": ("flow.expect", "order learn"),
    "flow export": ("flow.read", "order"),
    "flow import": ("flow.save", "{flow}"),
    "flow list": ("flow.read", ""),
    "flow publish": ("flow.publish", "order"),
    "flow set": ("flow.configure", "order words=x"),
    "flow turn": ("flow.turn", "order on"),
    "flow validate": ("flow.read", "{flow}"),
    "hold": ("installation.hold", "x" * 301),
    "hook list": ("hook.read", ""),
    "hook secret": ("hook.secret", "none"),
    "keys rotate": ("key.rotate", ""),
    "keys show": ("key.read", ""),
    "module list": ("module.read", ""),
    "people disable": ("person.disable", "target"),
    "people enable": ("person.disable", "target"),
    "people invite": ("person.invite", "c@example.com --role {role} {client}"),
    "people list": ("person.read", ""),
    "people roles": ("person.roles", "target {role} {client}"),
    "people show": ("person.read", "target"),
    "people terms": ("terms.set", "--idle 120 --no-second-factor"),
    "release": ("installation.release", "--yes"),
    "retention set": ("installation.retain", "--days 30"),
    "retention show": ("installation.read", ""),
    "retention sweep": ("installation.retain", ""),
    "run cancel": ("run.cancel", RUN),
    "run list": ("run.read", ""),
    "run retry": ("run.retry", RUN),
    "run undo": ("run.undo", RUN),
    "run show": ("run.read", RUN),
    "run wait": ("run.read", RUN),
    "token list": ("token.read", ""),
    "token new": ("token.make", "cli"),
    "token revoke": ("token.revoke", "none"),
}
NOT_THROUGH_THE_API = {"restore", "serve", "worker", "sign-in-link", "module new", "module check"}


def commands(group=cli, before=""):
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, f"{before}{name} ")
        else:
            yield before + name


def test_every_command_stands_in_the_table():
    assert set(commands()) - NOT_THROUGH_THE_API == set(VERBS)


class AsSomebody(Console):
    """The command line in the hands of one person."""

    actor = app = None

    @contextmanager
    def client(self, *, drive: bool = False, missing: str = "refuse"):
        yield Client(InProcess(self.app, self.actor), offline=True)


@pytest.mark.parametrize("role", ROLES)
def test_each_command_works_for_exactly_the_roles_of_the_table(
    app, nexus, cast, run_id, role, tmp_path
):
    (tmp_path / "event.json").write_text("{}")
    (tmp_path / "nexus.db").touch()  # so that `doctor` asks the installation
    flow = tmp_path / "small.yaml"
    flow.write_text("id: small\nname: S\ntrigger: [{use: core.webhook}]\ndo: []\n")
    of_client = ROLES[role].for_client
    named = {"file": str(tmp_path / "event.json"), "flow": str(flow)}
    named |= {"role": "client_member" if of_client else "viewer"}
    named |= {"client": "--client acme" if of_client else ""}
    for verb, (need, words) in VERBS.items():
        put_target(nexus, "own company" if of_client else "own team")
        secret = nexus.people.begin(cast[role])
        console = AsSomebody(serve=None, create_app=None, folder=tmp_path)
        console.app, console.actor = app, nexus.people.actor_for_session(secret)
        line = ["--data", str(tmp_path), *verb.split(), *words.format(**named).split(), "--json"]
        done = CliRunner().invoke(cli, line, obj=console, input="x\n")
        resource, _, rest = need.partition(".")
        may = reach(role, (resource, rest)) is not None
        said = done.output + done.stderr
        assert ("may not do this" not in said) is may, (verb, role, said, done.exception)
        assert done.exit_code != 2, (verb, said)


def test_there_are_at_least_a_thousand_cells(app):
    """Counted from what the tests above walk through, so it holds whoever runs them."""
    one_role = (
        len(at_routes(app))
        + len(about_people(app)) * len(TARGETS)
        + len(about_tokens(app)) * 2  # one's own, another's
        + len(VERBS)
    )
    assert len(ROLES) * one_role + len(list(doors(app))) >= 1_000

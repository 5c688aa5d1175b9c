"""A small catalog of real actions and triggers, and a way to read what was refused."""

import pytest

from nexus.core.flow.check import check
from nexus.core.flow.compile import compile_plan
from nexus.core.flow.read import read
from nexus.core.model.action import Action, Trigger
from nexus.core.model.problem import Refused


def obj(required=(), closed=True, **properties):
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {**schema, "additionalProperties": False} if closed else schema


TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}


def action(name, given, gives, effect="write"):
    return Action(
        name=name,
        title=name,
        help="",
        effect=effect,
        idempotency="key",
        input=given,
        output=gives,
        call=lambda context, arguments: arguments,
        is_async=False,
    )


ISSUE = obj(
    action=TEXT,
    amount=NUMBER,
    paid={"type": "boolean"},
    title={"type": ["string", "null"]},
    labels={"type": "array", "items": obj(name=TEXT, weight=NUMBER)},
    extra=True,
)


class Known:
    """The modules http, crm and github."""

    def __init__(self):
        url = {**TEXT, "description": "The address to call."}
        post = obj(["url"], url=url, body=True, tries={**WHOLE, "maximum": 3}, to=obj(name=TEXT))
        made = [
            action("http.post", post, obj(status=WHOLE, body=True)),
            action("http.get", obj(["url"], url=url), obj(status=WHOLE, body=True), "read"),
            action("crm.find", obj(closed=False), obj(closed=False, name=TEXT, age=NUMBER), "pure"),
        ]
        self.actions = {one.name: one for one in made}
        self.triggers = {
            name: Trigger(
                name=name,
                title=name,
                help="",
                kind="hook",
                hook=None,
                types=(),
                input=obj(["repo"], repo=TEXT) if name == "github.issue" else obj(),
                output=output,
                wants=lambda event, settings: True,
            )
            for name, output in {"github.issue": ISSUE, "github.push": obj(ref=TEXT)}.items()
        }

    def action(self, name):
        return self.actions.get(name)

    def trigger(self, name):
        return self.triggers.get(name)

    def action_names(self):
        return sorted(self.actions)

    def trigger_names(self):
        return sorted(self.triggers)

    def module_names(self):
        return ["crm", "github", "http"]


HEAD = "id: demo\ntrigger: [{use: github.issue, with: {repo: a}}]\ndo:\n"


@pytest.fixture(scope="session")
def catalog():
    return Known()


@pytest.fixture
def plan(catalog):
    """Compile the steps of a flow that github.issue starts."""

    def make(steps, **settings):
        return compile_plan(read(HEAD + steps), catalog, settings=settings, version=1)

    return make


@pytest.fixture
def problems(catalog):
    """Say what is wrong with the steps of a flow, which begin in line 4: (code, line, column)."""

    def find(steps, head=HEAD):
        return [(one.code, one.line, one.column) for one in whole(head + steps, catalog)]

    return find


@pytest.fixture
def said(catalog):
    """Say in words what is wrong with the steps of a flow."""
    return lambda steps, head=HEAD: " ".join(map(str, whole(head + steps, catalog)))


def whole(source, catalog):
    try:
        return check(read(source, "demo.yaml"), catalog)
    except Refused as refused:
        return list(refused.problems)

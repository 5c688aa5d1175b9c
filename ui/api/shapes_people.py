"""The shapes of people, roles, invitations and tokens."""

from nexus.ui.api.shapes import Row
from nexus.ui.api.write import Moment


class Person(Row, frozen=True, kw_only=True):
    """A person. `factors` names how they can sign in, `seen` is when they last were here."""

    id: str
    name: str
    email: str
    roles: list[str]
    team: str
    client: str | None
    state: str
    created: Moment
    seen: Moment | None
    factors: list[str]


class RightOf(Row, frozen=True, kw_only=True):
    """One right of a person. `scope` null means no; `changed` that it was set by hand."""

    resource: str
    verb: str
    scope: str | None
    step_up: bool
    why: str
    changed: bool


class PersonDetail(Row, frozen=True, kw_only=True):
    """A person with every right, how far it reaches, and why."""

    row: Person
    rights: list[RightOf]


class Role(Row, frozen=True, kw_only=True):
    """A role template. `rights` are `resource.verb` and how far they reach."""

    id: str
    title: str
    about: str
    for_client: bool
    people: int
    rights: dict[str, str]
    changed: list[str]


class SignInTerms(Row, frozen=True, kw_only=True):
    """On which terms people are let in."""

    idle_minutes: int
    longest_minutes: int
    second_factor: list[str]


class Invitation(Row, frozen=True, kw_only=True):
    """An open invitation. `token` is there once, and only when no mail could be sent."""

    email: str
    name: str
    roles: list[str]
    team: str
    client: str | None
    created: Moment
    expires: Moment
    token: str
    mailed: bool


class Token(Row, frozen=True, kw_only=True):
    """An API token, without its secret."""

    id: str
    name: str
    person_id: str
    person: str
    scopes: list[str]
    created: Moment
    expires: Moment | None
    used: Moment | None


class NewToken(Row, frozen=True, kw_only=True):
    """A new API token; its secret is shown this once."""

    row: Token
    token: str

"""Routes of people, invitations and roles."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from nexus.ui.api.route import route
from nexus.ui.api.shapes import Page, Row
from nexus.ui.api.shapes_people import Invitation, Person, PersonDetail, Role, SignInTerms
from nexus.ui.api.write import show
from nexus.ui.door import actor, needs, nexus

Short = Annotated[str, Meta(max_length=200)]
Roles = Annotated[list[str], Meta(max_length=20)]
Minutes = Annotated[int, Meta(ge=1, le=100_000)]
Reach = Literal["own", "client", "team", "all"]


class NewInvitation(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite, and as what."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    roles: Roles
    name: Short = ""
    team: Short = ""
    client: Short | None = None


class Uninvite(msgspec.Struct, forbid_unknown_fields=True):
    """Whose invitation."""

    email: Short


class NewRoles(msgspec.Struct, forbid_unknown_fields=True):
    """The roles that a person has from now on."""

    roles: Roles
    client: Short | None = None


class NewRight(msgspec.Struct, forbid_unknown_fields=True):
    """One right: `scope` null takes it; with `inherit` the roles decide again."""

    resource: Short
    verb: Short
    scope: Reach | None = None
    inherit: bool = False


class Leave(msgspec.Struct, forbid_unknown_fields=True):
    """Who takes over the tasks."""

    heir: Short | None = None


class NewTerms(msgspec.Struct, forbid_unknown_fields=True):
    """How long sessions hold, in minutes, and the roles that have to show a second factor."""

    idle_minutes: Minutes
    longest_minutes: Minutes
    second_factor: Annotated[list[Short], Meta(max_length=100)]


class ResetLink(Row, frozen=True, kw_only=True):
    """The token of a link to choose a new password with; it is shown this once."""

    token: str


@route("GET", "/people")
@needs("person", "read")
def list_people() -> Page[Person]:
    """List the people whom the asker may see."""
    return Page(rows=show(nexus().members.list(actor()), list[Person]))


@route("GET", "/people/{person_id}")
@needs("person", "read")
def show_person(person_id: str) -> PersonDetail:
    """Show a person with every right, how far it reaches, and why."""
    return show(nexus().members.show(actor(), person_id), PersonDetail)


@route("PUT", "/people/{person_id}/roles")
@needs("person", "roles")
def set_roles(person_id: str, body: NewRoles) -> Person:
    """Replace a person's roles; their sessions end."""
    row = nexus().members.set_roles(actor(), person_id, body.roles, body.client)
    return show(row, Person)


@route("PUT", "/people/{person_id}/rights")
@needs("person", "roles")
def change_right(person_id: str, body: NewRight) -> PersonDetail:
    """Give a person one right, take it, or let their roles decide again."""
    change: dict[str, Any] = msgspec.structs.asdict(body)
    return show(nexus().members.change_right(actor(), person_id, **change), PersonDetail)


@route("POST", "/people/{person_id}/disable")
@needs("person", "disable")
def disable_person(person_id: str, body: Leave) -> Person:
    """Shut a person out: sessions end, tokens stop, tasks go to the heir."""
    return show(nexus().members.disable(actor(), person_id, body.heir), Person)


@route("POST", "/people/{person_id}/enable")
@needs("person", "disable")
def enable_person(person_id: str) -> Person:
    """Let a person in again."""
    return show(nexus().members.enable(actor(), person_id), Person)


@route("POST", "/people/{person_id}/reset")
@needs("person", "reset")
def reset_person(person_id: str) -> ResetLink:
    """Take a person's password, code app and passkeys away; answers with a link's token."""
    return ResetLink(token=nexus().invitations.reset(actor(), person_id))


@route("GET", "/invitations")
@needs("person", "read")
def list_invitations() -> Page[Invitation]:
    """List the invitations that nobody has taken yet."""
    return Page(rows=show(nexus().invitations.open(actor()), list[Invitation]))


@route("POST", "/invitations", status=201)
@needs("person", "invite")
def invite(body: NewInvitation) -> Invitation:
    """Invite somebody; without a mail connection the token is shown this once."""
    given: dict[str, Any] = msgspec.structs.asdict(body)
    return show(nexus().invitations.invite(actor(), **given), Invitation)


@route("POST", "/invitations/revoke", status=204)
@needs("person", "invite")
def uninvite(body: Uninvite) -> None:
    """Take an invitation back."""
    nexus().invitations.revoke(actor(), body.email)


@route("GET", "/terms")
@needs("terms", "read")
def show_terms() -> SignInTerms:
    """Show how long sessions hold, and which roles have to show a second factor."""
    return show(nexus().terms.show(actor()), SignInTerms)


@route("PUT", "/terms")
@needs("terms", "set")
def set_terms(body: NewTerms) -> SignInTerms:
    """Set how long sessions hold, and which roles have to show a second factor."""
    return show(nexus().terms.set(actor(), **msgspec.structs.asdict(body)), SignInTerms)


@route("GET", "/roles")
@needs("role", "read")
def list_roles() -> Page[Role]:
    """List every role with its rights as they hold here."""
    return Page(rows=[as_role(row) for row in nexus().members.roles(actor())])


@route("PUT", "/roles/{role}/rights", status=204)
@needs("role", "edit")
def edit_role(role: str, body: NewRight) -> None:
    """Change one right of a role for everybody who holds it."""
    change: dict[str, Any] = msgspec.structs.asdict(body)
    nexus().members.edit_role(actor(), role, **change)


def as_role(row: Any) -> Role:
    """Return a role as JSON shows it: its rights by `resource.verb`."""
    held = {".".join(pair): right.scope for pair, right in row.rights.items() if right.scope}
    return Role(
        id=row.id,
        title=row.title,
        about=row.about,
        for_client=row.for_client,
        people=row.people,
        rights=held,
        changed=[".".join(pair) for pair in row.changed],
    )

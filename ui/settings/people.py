"""Settings → People: who is here, invitations, roles, rights and why, disabling."""

import re
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from nexus.core.model.actor import Scope
from nexus.ui.door import actor, may, needs, nexus
from nexus.ui.htmx import go

people = Blueprint("people", __name__, url_prefix="/settings/people")
MOST = 50  # addresses in one form
SCOPES: dict[str, Scope | None] = {
    "none": None,
    "own": "own",
    "client": "client",
    "team": "team",
    "all": "all",
}


@people.get("")
@needs("person", "read")
def index() -> str:
    """Show everybody whom this person may see, and open invitations."""
    return page()


@people.post("/invite")
@needs("person", "invite")
def invite() -> str:
    """Invite the addresses that stand in the form, and show the links that were not mailed."""
    form = request.form
    made = [
        nexus().invitations.invite(
            actor(),
            email,
            form.getlist("role"),
            team=form.get("team", ""),
            client=form.get("client", "").strip() or None,
        )
        for email in addresses(form.get("emails", ""))
    ]
    return page(made=made)


@people.post("/terms")
@needs("terms", "set")
def set_terms() -> Response:
    """Say how long sessions hold, and who has to show a second factor."""
    idle, longest = minutes("idle"), minutes("longest")
    nexus().terms.set(actor(), idle, longest, request.form.getlist("role"))
    return go(url_for("people.index"))


@people.post("/uninvite")
@needs("person", "invite")
def uninvite() -> Response:
    """Take an invitation back."""
    nexus().invitations.revoke(actor(), request.form.get("email", ""))
    return go(url_for("people.index"))


@people.get("/<person_id>")
@needs("person", "read")
def show(person_id: str) -> str:
    """Show one person, with every right and why."""
    return person_page(person_id)


@people.post("/<person_id>/roles")
@needs("person", "roles")
def set_roles(person_id: str) -> Response:
    """Replace a person's roles."""
    roles, client = request.form.getlist("role"), request.form.get("client", "").strip() or None
    nexus().members.set_roles(actor(), person_id, roles, client)
    return go(url_for("people.show", person_id=person_id))


@people.post("/<person_id>/right")
@needs("person", "roles")
def change_right(person_id: str) -> Response:
    """Give a person one right, take it, or let their roles decide again."""
    resource, verb, scope, inherit = read_right()
    nexus().members.change_right(actor(), person_id, resource, verb, scope, inherit)
    return go(url_for("people.show", person_id=person_id))


@people.post("/<person_id>/disable")
@needs("person", "disable")
def disable(person_id: str) -> Response:
    """Shut a person out and hand their tasks over."""
    nexus().members.disable(actor(), person_id, request.form.get("heir") or None)
    return go(url_for("people.show", person_id=person_id))


@people.post("/<person_id>/enable")
@needs("person", "disable")
def enable(person_id: str) -> Response:
    """Let a person in again."""
    nexus().members.enable(actor(), person_id)
    return go(url_for("people.show", person_id=person_id))


@people.post("/<person_id>/reset")
@needs("person", "reset")
def reset(person_id: str) -> str:
    """Take a person's ways to sign in away, and show the link for a new password once."""
    token = nexus().invitations.reset(actor(), person_id)
    return person_page(person_id, reset_link=url_for("sign_in.reset", token=token, _external=True))


def page(**more: Any) -> str:
    """Draw the list."""
    may_invite = actor().rights["person", "invite"].scope is not None
    rows = nexus().members.list(actor())
    known = {"made": [], "may_invite": may_invite, "invitations": nexus().invitations.open(actor())}
    known["terms"] = nexus().terms.show(actor()) if may("terms", "read") else None
    known["every_role"] = [*nexus().people.policy.roles.values()]
    return render_template("settings/people.html", rows=rows, roles=grantable(), **known | more)


def person_page(person_id: str, **more: Any) -> str:
    """Draw one person."""
    view = nexus().members.show(actor(), person_id)
    heirs = [row for row in nexus().members.list(actor()) if row.state == "active"]
    heirs = [row for row in heirs if row.id != person_id]
    known = {"reset_link": "", "roles": grantable(), "heirs": heirs, "scopes": [*SCOPES]}
    return render_template("settings/person.html", view=view, **known | more)


def grantable() -> list[Any]:
    """Return the roles that this person could give: those of a client among themselves."""
    roles = nexus().people.policy.roles.values()
    return [role for role in roles if role.for_client or actor().client is None]


def minutes(name: str) -> int:
    """Read a time in minutes; what is none is out of all bounds."""
    return request.form.get(name, -1, type=int)


def addresses(text: str) -> list[str]:
    """Cut a field into addresses; commas, spaces and new lines stand between them."""
    return [one for one in re.split(r"[\s,;]+", text) if one][:MOST] or [""]


def read_right() -> tuple[str, str, Scope | None, bool]:
    """Read which right a form changes, and how: (resource, verb, scope, inherit)."""
    resource, _, verb = request.form.get("right", "").rpartition(".")
    scope = request.form.get("scope", "inherit")
    return resource, verb, SCOPES.get(scope), scope not in SCOPES

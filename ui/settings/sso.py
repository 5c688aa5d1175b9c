"""Settings → Sign-in: other companies' sign-in pages, and by which connection mail is sent."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from nexus.core.model.problem import Problem, Refused
from nexus.ui.door import actor, needs, nexus
from nexus.ui.htmx import go

sso = Blueprint("sso", __name__, url_prefix="/settings/sign-in")


@sso.get("")
@needs("sso", "read")
def index() -> str:
    """Show the providers and what is set."""
    rows = nexus().sso.list(actor())
    back = url_for("sign_in.back", _external=True)
    roles = [role for role in nexus().people.policy.roles.values() if not role.for_client]
    site = nexus().post.site
    return render_template("settings/sso.html", rows=rows, back=back, roles=roles, site=site)


@sso.post("")
@needs("sso", "set")
def keep() -> Response:
    """Keep a provider; its secret is never shown again."""
    form = request.form
    provider = {name: form.get(name, "").strip() for name in ("id", "title", "kind", "issuer")}
    provider["client_id"] = form.get("client_id", "").strip()
    more = {"groups": read_groups(form.get("groups", "")), "allow": form.get("allow", "").split()}
    nexus().sso.set(actor(), provider | more, form.get("secret", "").strip())
    return go(url_for("sso.index"))


@sso.post("/<provider_id>/remove")
@needs("sso", "set")
def remove(provider_id: str) -> Response:
    """Forget a provider."""
    nexus().sso.remove(actor(), provider_id)
    return go(url_for("sso.index"))


@sso.post("/site")
@needs("sso", "set")
def site() -> Response:
    """Say where Nexus is to be found, and by which connection it sends mail."""
    form = request.form
    nexus().post.set(actor(), form.get("url", "").strip(), form.get("connection", "").strip())
    return go(url_for("sso.index"))


def read_groups(text: str) -> dict[str, str]:
    """Read `group = role` lines.

    Raises:
        Refused: A line is not written so.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        group, sign, role = line.rpartition("=")
        if line.strip() and not sign:
            title = f"Line {number} of the groups is not written group = role."
            raise Refused(Problem(code="bad_groups", title=title, line=number))
        if sign:
            found[group.strip()] = role.strip()
    return found

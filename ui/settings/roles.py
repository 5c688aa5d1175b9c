"""Settings → Roles: the matrix of roles and rights, and changes of it."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from nexus.ui.door import actor, needs, nexus
from nexus.ui.htmx import go
from nexus.ui.settings.people import SCOPES, read_right

roles = Blueprint("roles", __name__, url_prefix="/settings/roles")


@roles.get("")
@needs("role", "read")
def index() -> str:
    """Show what every role may do."""
    rows = nexus().members.roles(actor())
    pairs = [*nexus().people.policy.table.items()]
    may_edit = actor().rights["role", "edit"].scope is not None
    return render_template(
        "settings/roles.html", rows=rows, pairs=pairs, scopes=[*SCOPES], may_edit=may_edit
    )


@roles.post("")
@needs("role", "edit")
def edit() -> Response:
    """Change one right of a role; everybody who holds it has it at their next click."""
    resource, verb, scope, inherit = read_right()
    role = request.form.get("role", "")
    nexus().members.edit_role(actor(), role, resource, verb, scope, inherit)
    return go(url_for("roles.index"))

"""Settings → Connections: list, form, test, consent, removal."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from nexus.core.host.connections import About
from nexus.core.model.problem import Problem, Refused
from nexus.core.model.view import ConnectionRow
from nexus.ui.door import Kept, actor, needs, nexus
from nexus.ui.htmx import go
from nexus.ui.settings.forms import Form, blank, filled, posted, read_day
from nexus.ui.words import _

connections = Blueprint("connections", __name__)
BASE = "/settings/connections"
LOOKS = {
    "ok": ("ok", "check", "Works"),
    "untested": ("skip", "circle-dashed", "Not tried yet"),
    "broken": ("fail", "triangle-alert", "Broken"),
    "unconnected": ("wait", "plug", "Not connected"),
    "off": ("skip", "ban", "Off"),
}


@connections.get(BASE)
@needs("connection", "read")
def index() -> str:
    """Show every connection, and what needs one."""
    rows = nexus().connections.list(actor())
    return render_template("settings/connections.html", rows=rows, looks=LOOKS, kinds=_kinds())


@connections.get(f"{BASE}/new")
@needs("connection", "read")
def new() -> str:
    """Show the kinds to choose from, or the empty form of one."""
    module, kind = request.args.get("module", ""), request.args.get("kind", "")
    nexus().connections.list(actor())  # who may not see connections sees no form either
    found = nexus().catalog.connection(module, kind)
    if found is None:
        kinds = [one for one in _kinds() if module in ("", one["module"].id)]
        return render_template("settings/connection_kinds.html", kinds=kinds)
    return _page(blank(module, found, request.args.get("alias", "")))


@connections.get(f"{BASE}/<name>")
@needs("connection", "read")
def show(name: str) -> str:
    """Show one connection with its form; its secrets are never in it."""
    row = nexus().connections.show(actor(), name)
    return _page(filled(row, _kind(row)), row)


@connections.get(f"{BASE}/mend/<alias>")
@needs("connection", "read")
def mend(alias: str) -> Response:
    """Send a person from a waiting run to the connection it needs, or to the form of a new one."""
    known = [row.name for row in nexus().connections.list(actor()) if row.alias == alias]
    if known:
        return redirect(url_for("connections.show", name=known[0]))
    return redirect(url_for("connections.new", alias=alias))


@connections.post(BASE)
@needs("connection", "set")
def create() -> Response:
    """Keep a new connection."""
    module, kind = request.form.get("module", ""), request.form.get("kind", "")
    found = nexus().catalog.connection(module, kind)
    form = posted(module, found, request.form, _name(request.form))
    return _keep(form, None)


@connections.post(f"{BASE}/<name>")
@needs("connection", "set")
def save(name: str) -> Response:
    """Keep a connection's new values."""
    row = nexus().connections.show(actor(), name)
    form = posted(row.module, _kind(row), request.form, name, row)
    return _keep(form, row)


@connections.post(f"{BASE}/<name>/test")
@needs("connection", "test")
def test(name: str) -> str:
    """Try it out and show what came of it, in place."""
    nexus().connections.test(actor(), name)
    return _health(name)


@connections.post(f"{BASE}/<name>/turn")
@needs("connection", "turn")
def turn(name: str) -> Response:
    """Turn it on or off."""
    nexus().connections.turn(actor(), name, request.form.get("on") == "1")
    return go(url_for("connections.show", name=name))


@connections.post(f"{BASE}/<name>/connect")
@needs("connection", "connect")
def connect(name: str) -> Response:
    """Send the person to the provider to consent."""
    secret = cast(Kept, session).secret or ""
    return go(nexus().connections.connect(actor(), name, secret, _back()))


@connections.get("/connections/oauth/callback")
@needs("connection", "connect")
def callback() -> Response:
    """Take the provider's answer; it counts for the session that asked, once."""
    secret = cast(Kept, session).secret or ""
    row = nexus().connections.connected(actor(), secret, request.args, _back())
    return go(url_for("connections.show", name=row.name))


@connections.post(f"{BASE}/<name>/remove")
@needs("connection", "remove")
def remove(name: str) -> Response:
    """Remove it with its secrets."""
    nexus().connections.remove(actor(), name)
    return go(url_for("connections.index"))


def _back() -> str:
    return url_for("connections.callback", _external=True)


def _page(form: Form, row: ConnectionRow | None = None) -> str:
    facts = {"form": form, "row": row, "looks": LOOKS, "back": _back()}
    return render_template("settings/connection.html", **facts)


def _health(name: str) -> str:
    row = nexus().connections.show(actor(), name)
    return render_template("settings/_health.html", row=row, looks=LOOKS)


def _keep(form: Form, row: ConnectionRow | None) -> Response:
    """Keep what was entered; what does not fit is shown beside its field."""
    if form.is_right:
        about = About(kind=form.kind.name, label=form.label, expires=read_day(form.expires))
        try:
            kept = nexus().connections.set(
                actor(), form.name, form.module, form.values, form.networks, about
            )
            return go(url_for("connections.show", name=kept.name))
        except Refused as refused:
            if refused.status != 422:
                raise
            form.blame(refused.problems)
    return make_response(_page(form, row), 422)


def _name(entered: Mapping[str, str]) -> str:
    alias, client = entered.get("alias", "").strip(), entered.get("client", "").strip()
    return f"{alias}@{client}" if client else alias


def _kind(row: ConnectionRow) -> Any:
    found = nexus().catalog.connection(row.module, row.kind)
    if found is None:
        raise Refused(_gone(row))
    return found


def _gone(row: ConnectionRow) -> Problem:
    title = _("The module %s is not active, so this connection cannot be shown.") % row.module
    return Problem(code="module_missing", title=title, status=409, hint="See `nexus module list`.")


def _kinds() -> list[dict[str, Any]]:
    """Return every kind of connection that the active modules take."""
    rows = nexus().modules.list(actor())
    known = [(row, nexus().catalog.manifest(row.id)) for row in rows]
    return [
        {"module": row, "kind": kind}
        for row, manifest in known
        for kind in (manifest.connections.values() if manifest else ())
    ]

"""My account: name, password, code app, passkeys, and where one is signed in."""

from typing import cast

from flask import Blueprint, Response, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from nexus.ui.door import Kept, actor, caller, device, needs, nexus
from nexus.ui.htmx import go
from nexus.ui.sign_in import begin
from nexus.ui.site import host, origin

account = Blueprint("account", __name__, url_prefix="/settings/account")


@account.get("")
@needs("account", "read")
def show() -> str:
    """Show one's own account."""
    mine = nexus().account.sessions(actor(), cast(Kept, session).secret)
    row, keys = nexus().account.show(actor()), nexus().passkeys.list(actor())
    more = {"passkeys": keys, "left": nexus().recovery.left(actor())}
    return render_template("settings/account.html", row=row, sessions=mine, **more)


@account.post("")
@needs("account", "change")
def change() -> AnyResponse:
    """Change one's name and address."""
    nexus().account.change(actor(), request.form.get("name", ""), request.form.get("email", ""))
    return go(url_for("account.show"))


@account.post("/password")
@needs("account", "change")
def password() -> AnyResponse:
    """Set one's password; every session ends, and this browser begins a new one."""
    form, ip = request.form, caller()
    with nexus().people.turned_away.noting("password", ip, actor()):
        nexus().account.set_password(actor(), form.get("old", ""), form.get("new", ""), ip)
    return begin(nexus().people.begin(actor().id, *device()))


@account.get("/code")
@needs("account", "secure")
def code() -> str:
    """Show a fresh secret for a code app."""
    made = nexus().account.new_code_secret(actor())
    return render_template("settings/code.html", made=made, squares=squares(made.uri))


@account.post("/code")
@needs("account", "secure")
def set_code() -> str:
    """Ask for codes from now on, once one of them was shown; show the recovery codes."""
    form = request.form
    nexus().account.set_code_secret(actor(), form.get("secret", ""), form.get("code", ""))
    codes = nexus().recovery.make(actor())
    nexus().people.confirm(cast(Kept, session).secret, second=True)
    return render_template("settings/recovery.html", codes=codes)


@account.post("/recovery")
@needs("account", "secure")
def recover() -> str:
    """Make new recovery codes and show them, this once."""
    return render_template("settings/recovery.html", codes=nexus().recovery.make(actor()))


@account.post("/code/off")
@needs("account", "secure")
def drop_code() -> AnyResponse:
    """Ask for no codes any more."""
    nexus().account.drop_code_secret(actor())
    return go(url_for("account.show"))


@account.post("/passkey/ask")
@needs("account", "secure")
def ask() -> Response:
    """Return what the browser needs to make a passkey."""
    return Response(nexus().passkeys.begin(actor(), host()), mimetype="application/json")


@account.post("/passkey")
@needs("account", "secure")
def passkey() -> Response:
    """Keep the passkey that the browser made."""
    answer, name = request.get_data(as_text=True), request.args.get("name", "")
    nexus().passkeys.finish(actor(), answer, name, host(), origin())
    nexus().people.confirm(cast(Kept, session).secret, second=True)
    return Response('{"next": ""}', mimetype="application/json")


@account.post("/passkey/remove")
@needs("account", "secure")
def drop_passkey() -> AnyResponse:
    """Take a passkey away."""
    nexus().passkeys.drop(actor(), request.form.get("id", ""))
    return go(url_for("account.show"))


@account.post("/sessions/<session_id>/end")
@needs("account", "change")
def end_session(session_id: str) -> AnyResponse:
    """End one of one's own sessions at once."""
    nexus().account.end_session(actor(), session_id)
    return go(url_for("account.show"))


def squares(text: str) -> tuple[int, str]:
    """Return a QR code as its width and the path of an SVG."""
    import segno  # noqa: PLC0415 - the first QR code

    code = segno.make(text, error="m")
    rows = enumerate(code.matrix)
    path = [f"M{x} {y}h1v1h-1z" for y, row in rows for x, dark in enumerate(row) if dark]
    return len(code.matrix), "".join(path)

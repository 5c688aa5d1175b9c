"""Signing in: by a one-time link, a password, a passkey or another company's page. And out again.

GET never uses a link up, because mail scanners and browsers fetch addresses on their own. Nobody
has a session yet, so what is posted here is known by its origin and not by a CSRF token.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from nexus.core.model.problem import Refused
from nexus.ui.door import Kept, actor, anyone, caller, device, known, needs, nexus
from nexus.ui.htmx import go
from nexus.ui.site import host, inside, origin

enter = Blueprint("sign_in", __name__)
P = ParamSpec("P")
Answer = AnyResponse | str
COOKIE = "nexus-way"  # what belongs to a way to another company's page and back


def shown_again(page: Callable[[], str]) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """Show a form's page again with what was wrong, instead of a page that only says so."""

    def decorate(view: Callable[P, Answer]) -> Callable[P, Answer]:
        @wraps(view)
        def inner(*args: P.args, **kwargs: P.kwargs) -> Answer:
            try:
                return view(*args, **kwargs)
            except Refused as refused:
                if not request.accept_mimetypes.accept_html:
                    raise
                g.problems = refused.problems
                return make_response(page(), refused.status)

        return inner

    return decorate


@enter.get("/sign-in")
@anyone("this is where people sign in")
def show() -> str:
    """Show one button for the link that was opened, or every way to sign in."""
    providers = nexus().sso.providers()
    token, email = request.args.get("token", ""), request.values.get("email", "")
    return render_template("sign_in.html", token=token, email=email, providers=providers)


@enter.post("/sign-in")
@anyone("the link says who it is")
def use() -> AnyResponse:
    """Use the link up and begin a session."""
    return begin(nexus().people.use_link(request.form.get("token", ""), *device()))


@enter.post("/sign-in/password")
@anyone("the password says who it is")
@shown_again(show)
def password() -> Answer:
    """Check the password; whoever has a code app is asked for a code next."""
    form, ip = request.form, caller()
    with nexus().people.turned_away.noting("password", ip):
        found = nexus().account.sign_in(form.get("email", ""), form.get("password", ""), ip)
    if found.ticket:
        return render_template("code.html", ticket=found.ticket)
    return begin(nexus().people.begin(found.person_id, *device(), how="password"))


@enter.post("/sign-in/code")
@anyone("the password came before, the code says the rest")
@shown_again(lambda: render_template("code.html", ticket=request.form.get("ticket", "")))
def code() -> Answer:
    """Check the code and begin a session."""
    form, ip = request.form, caller()
    with nexus().people.turned_away.noting("code", ip):
        person = nexus().account.enter_code(form.get("ticket", ""), form.get("code", ""), ip)
    return begin(nexus().people.begin(person, *device(), how="code"))


@enter.post("/sign-in/passkey/ask")
@anyone("the passkey will say who it is")
def ask() -> Response:
    """Return what the browser needs to show a passkey."""
    return Response(nexus().passkeys.ask(host()), mimetype="application/json")


@enter.post("/sign-in/passkey")
@anyone("the passkey says who it is")
def passkey() -> AnyResponse:
    """Check the passkey and begin a session."""
    with nexus().people.turned_away.noting("passkey", caller()):
        person = nexus().passkeys.check(request.get_data(as_text=True), host(), origin())
    return begin(nexus().people.begin(person, *device(), how="passkey"))


@enter.get("/sign-in/with/<provider_id>")
@anyone("it leads to another company's page")
def away(provider_id: str) -> AnyResponse:
    """Lead the browser to a provider's page, and remember that it was this browser."""
    url, cookie = nexus().sso.begin(provider_id, url_for("sign_in.back", _external=True))
    answer = redirect(url, 303)
    secure = request.is_secure
    answer.set_cookie(COOKIE, cookie, 600, httponly=True, samesite="Lax", secure=secure)
    return answer


@enter.get("/sign-in/back")
@anyone("the provider says who it is")
def back() -> AnyResponse:
    """Take the provider's answer and begin a session."""
    said, cookie = request.args.to_dict(), request.cookies.get(COOKIE, "")
    person = nexus().sso.finish(cookie, said, caller())
    answer = begin(nexus().people.begin(person, *device(), how="another company"))
    answer.delete_cookie(COOKIE)
    return answer


@enter.get("/invitation")
@anyone("the invitation says who it is")
def invited() -> str:
    """Show what the invitation offers, and ask for a name and a password."""
    token = request.values.get("token", "")
    return render_template("invitation.html", token=token, row=nexus().invitations.look(token))


@enter.post("/invitation")
@anyone("the invitation says who it is")
@shown_again(invited)
def accept() -> Answer:
    """Turn the invitation into a person and begin a session."""
    form = request.form
    token, name = form.get("token", ""), form.get("name", "")
    with nexus().people.turned_away.noting("invitation", caller()):
        person = nexus().invitations.accept(token, name, form.get("password", ""))
    return begin(nexus().people.begin(person, *device(), how="invitation"))


@enter.get("/forgot")
@anyone("whoever forgot their password cannot sign in")
def forgot() -> str:
    """Ask for the address to which a reset link is sent."""
    return render_template("forgot.html", sent=False)


@enter.post("/forgot")
@anyone("whoever forgot their password cannot sign in")
def send() -> str:
    """Send a reset link, if the address is somebody's; the answer is always the same."""
    with nexus().people.turned_away.noting("forgotten password", caller()):
        nexus().account.slow_down(request.form.get("email", ""), caller())
    nexus().invitations.forgot(request.form.get("email", ""))
    return render_template("forgot.html", sent=True)


@enter.get("/reset")
@anyone("the link says who it is")
def reset() -> str:
    """Ask for the new password; the link is not used up by looking."""
    return render_template("reset.html", token=request.values.get("token", ""))


@enter.post("/reset")
@anyone("the link says who it is")
@shown_again(reset)
def choose() -> Answer:
    """Set the new password; every session of before has ended."""
    token, chosen = request.form.get("token", ""), request.form.get("password", "")
    with nexus().people.turned_away.noting("new password", caller()):
        nexus().invitations.choose(token, chosen)
    return go(url_for("sign_in.show"))


@enter.get("/confirm")
@needs("account", "read")
def doubt() -> str:
    """Ask a person to show again that it is them."""
    row = nexus().account.show(actor())
    return render_template("confirm.html", row=row, next=inside(request.values.get("next", "")))


@enter.post("/confirm")
@needs("account", "read")
@shown_again(doubt)
def confirm() -> Answer:
    """Check it, and lead back to where it was asked for."""
    form, ip = request.form, caller()
    word, code = form.get("password", ""), form.get("code", "")
    with nexus().people.turned_away.noting("confirming", ip, actor()):
        second = nexus().account.confirm(actor(), word, code, ip)
    nexus().people.confirm(cast(Kept, session).secret, second=second)
    return go(inside(form.get("next", "")))


@enter.post("/confirm/passkey")
@needs("account", "read")
def confirm_by_passkey() -> AnyResponse:
    """Check a passkey of this very person, and lead back."""
    with nexus().people.turned_away.noting("confirming", caller(), actor()):
        nexus().passkeys.confirm(actor(), request.get_data(as_text=True), host(), origin())
    nexus().people.confirm(cast(Kept, session).secret, second=True)
    return go(inside(request.args.get("next", "")))


@enter.post("/sign-out")
@known("everybody may leave")
def leave() -> AnyResponse:
    """End this session in the store, so that a copy of its cookie is worth nothing."""
    kept = cast(Kept, session)
    nexus().people.sign_out(actor(), kept.secret)
    kept.end()
    return go(url_for("sign_in.show"))


def begin(secret: str) -> AnyResponse:
    """Go on as the session that has just begun; the one of before ends."""
    kept = cast(Kept, session)
    if kept.secret:
        nexus().people.sign_out(g.actor, kept.secret)
    kept.begin(secret)
    if request.mimetype == "application/json":
        return Response(json.dumps({"next": url_for("web.home")}), mimetype="application/json")
    return go(url_for("web.home"))


# Nobody has a session yet, so there is no token to ask for: the door knows where they come from.
WITHOUT_SESSION = (use, password, code, ask, passkey, accept, send, choose)

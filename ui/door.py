"""The door to the pages: sessions kept in the store, who asks, and from where.

Before it comes the browser, after it every route of this room. A cookie holds only a random
secret; what it stands for lives in the store, so signing out ends a copied cookie too.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

from flask import Flask, Request, Response, current_app, g, redirect, request, session, url_for
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict
from werkzeug.exceptions import BadRequest, Forbidden, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from nexus.core.model.actor import Actor
from nexus.ui.doorman import TROUBLE

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN, KNOWN = "open", "known"  # what routes say that need no right: for all, for the signed in
View = TypeVar("View", bound=Callable[..., Any])
MACHINES = ("/hooks/", "/api/")  # they bring a signature or a token, never a cookie


def needs(resource: str, verb: str) -> Callable[[View], View]:
    """Say what a route asks of the policy table. The core verb that it calls checks it."""

    def mark(view: View) -> View:
        view.needs = (resource, verb)  # type: ignore[attr-defined]  # read by needs_of
        return view

    return mark


def anyone(why: str) -> Callable[[View], View]:
    """Say that a route is for those who have not signed in, too, and why."""

    def mark(view: View) -> View:
        view.needs = (OPEN, why)  # type: ignore[attr-defined]  # read by needs_of
        return view

    return mark


def known(why: str) -> Callable[[View], View]:
    """Say that a route is for everybody who has signed in, whatever their rights, and why."""

    def mark(view: View) -> View:
        view.needs = (KNOWN, why)  # type: ignore[attr-defined]  # read by needs_of
        return view

    return mark


def needs_of(view: Any) -> tuple[str, str]:
    """Return what a route asks for.

    Raises:
        LookupError: The route does not say; such an application does not start.
    """
    found: tuple[str, str] | None = getattr(view, "needs", None)
    if found is None:
        raise LookupError(f"{view} does not say what it needs: see ui/door.py:needs")
    return found


def device() -> tuple[str, str]:
    """Return what asks and from where, as its person sees it in the list of sessions."""
    return request.headers.get("User-Agent", ""), caller()


class Kept(CallbackDict[str, Any], SessionMixin):
    """A session of the store. `secret` is the cookie's text, None before signing in."""

    def __init__(self, initial: dict[str, Any], secret: str | None) -> None:
        self.secret = secret
        self.sent = secret
        super().__init__(initial, Kept._touch)
        self.modified = False

    def _touch(self) -> None:
        self.modified = True

    def begin(self, secret: str) -> None:
        """Continue as the session that signing in has just made; nothing of before is kept."""
        self.clear()
        self.secret = secret

    def end(self) -> None:
        """Forget this session; the browser is told to drop its cookie."""
        self.clear()
        self.secret = None


class Sessions(SessionInterface):
    """Keep Flask's session beside the sign-in it belongs to."""

    def __init__(self, people: Any) -> None:
        self._people = people

    def open_session(self, app: Flask, request: Request) -> Kept:
        """Read the session that the cookie names."""
        secret = request.cookies.get(cookie_name())
        return Kept((self._people.load_session(secret) if secret else None) or {}, secret)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write what changed, and the cookie when it did."""
        kept = cast(Kept, session)
        if kept.secret and kept.modified and g.get("actor"):
            self._people.save_session(kept.secret, dict(kept))
        if kept.secret == kept.sent:
            return
        if kept.secret is None:
            response.delete_cookie(cookie_name(), secure=request.is_secure, httponly=True)
            return
        response.set_cookie(
            cookie_name(), kept.secret, httponly=True, samesite="Lax", secure=request.is_secure
        )


def cookie_name() -> str:
    """Return the cookie's name; behind TLS the browser binds it to this very host."""
    return "__Host-nexus" if request.is_secure else "nexus"


def nexus() -> Any:
    """Return the running core; every verb of it takes the actor."""
    return current_app.extensions["nexus"]


def actor() -> Actor:
    """Return who asks. Only called behind the gate, so there is always somebody."""
    return cast(Actor, g.actor)


def may(resource: str, verb: str) -> bool:
    """Say whether the asker may do this, so that a page shows only ways that are open."""
    return actor().rights[resource, verb].scope is not None


def caller() -> str:
    """Return the address that the request came from; a proxy's word counts only when trusted."""
    return request.remote_addr or ""


def placed(found: Actor | None) -> Actor | None:
    """Return the actor as the core sees them: who, and from where."""
    return found and replace(found, ip=caller())


def is_machine() -> bool:
    """True for the doors of machines, which answer JSON and check their callers themselves."""
    return request.path.startswith(MACHINES)


def gate() -> None:
    """Let nobody in who is not signed in, and nothing be written from another site.

    Raises:
        Unauthorized: nobody is signed in and the page is not one of the open ones.
        Forbidden: another site sent this write.
        BadRequest: what was sent is no form.
        Exception: what a door in front of Flask met.
    """
    g.actor = None
    if trouble := request.environ.get(TROUBLE):
        raise trouble
    if is_machine() or request.endpoint == "static":
        return
    if request.method not in SAFE and not from_here():
        raise Forbidden("This request was sent by another site.")
    kept = cast(Kept, session)
    g.actor = placed(nexus().people.actor_for_session(kept.secret)) if kept.secret else None
    view = current_app.view_functions.get(request.endpoint or "")
    if g.actor is None and (view is None or needs_of(view)[0] != OPEN):
        raise Unauthorized("Sign in first.")
    if request.method not in SAFE and None in request.form:
        raise BadRequest("A field of the form has no name.")  # the CSRF check would trip over it


def lead() -> AnyResponse | None:
    """Lead whoever owes a second factor to where they set one up; the core refuses all else."""
    view = current_app.view_functions.get(request.endpoint or "")
    if g.actor is None or not g.actor.owes or view is None or request.method not in SAFE:
        return None
    pair = needs_of(view)
    if pair[0] in (OPEN, KNOWN) or may(*pair):
        return None
    return redirect(url_for("account.show"), 303)


def is_local(path: str) -> bool:
    """True for a path on this site; browsers read two slashes, either way, as another host."""
    plain = path.isprintable() and "\\" not in path
    return path.startswith("/") and not path.startswith("//") and plain


def from_here() -> bool:
    """True when the browser says that one of our own pages sent this request.

    A client that sends neither header is no browser, and holds no cookie by accident.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host

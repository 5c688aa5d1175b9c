"""How a refusal or a fault reaches a person: a page, a toast, or a problem in JSON.

No traceback ever leaves; a fault of ours is logged under a reference that the person sees.
"""

import logging
import re
import secrets
from dataclasses import replace
from urllib.parse import urlsplit

from flask import (
    Flask,
    Response,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from nexus.core.model.problem import Problem, Refused
from nexus.ui.door import is_local, is_machine, nexus
from nexus.ui.htmx import go, htmx
from nexus.ui.limits import TooMany
from nexus.ui.words import _

log = logging.getLogger("nexus.ui")
# A page has its own way to what these commands do.
COMMAND = re.compile(r"(?:See `|, or run: |: )nexus (?:flow|run|hook|connection|module) .*")
RETRY_AFTER = {429: "10", 503: "2"}
WORDS = {
    400: (
        "bad_request",
        "This request could not be read.",
        "Something cut it short on its way: send it again.",
    ),
    403: ("not_allowed", "This is not allowed.", "Ask an administrator for the right to do it."),
    404: ("not_found", "There is no such page.", "Check the address."),
    405: ("wrong_method", "This address is not used in this way.", "Use one of: %s."),
    411: ("length_needed", "A form must say how long it is.", "Send a Content-Length with it."),
    413: ("too_large", "This is too large.", "Send at most 1 MB."),
    415: ("wrong_type", "This content type is not read here.", ""),
    503: ("busy", "Nexus is too busy to read this now; nothing was kept.", "Send it again later."),
}


def install(app: Flask) -> None:
    """Answer every error in our own words."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(TooMany, too_many)
    app.register_error_handler(CSRFError, stale)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, fault)


def refused(error: Refused) -> AnyResponse:
    """Show why the core would not do what was asked, or ask who is there to confirm it first."""
    if error.problems[0].code == "confirm_needed" and not is_machine():
        return go(url_for("sign_in.doubt", next=_where()))
    return answer(*error.problems)


def too_many(error: TooMany) -> AnyResponse:
    """Say when to come back."""
    response = answer(*error.problems)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def stale(error: CSRFError) -> AnyResponse:
    """Ask to reload a page whose protection has run out; unsigned requests get no more."""
    title = _("This page is too old to be sent.")
    hint = _("Reload it and try once more.")
    return answer(Problem(code="stale_page", title=title, status=400, hint=hint))


def http(error: HTTPException) -> AnyResponse:
    """Put an HTTP error into our words; without signing in every address is the same door."""
    if error.code in (301, 307, 308):
        return error.get_response()
    status = error.code or 500
    if status == 401 or (g.get("actor") is None and not is_machine() and status == 404):
        return signed_out()
    code, title, hint = WORDS.get(status, ("refused", error.name, ""))
    allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    hint = _(hint) % allowed if "%s" in hint else _(hint)
    told = answer(Problem(code=code, title=_(title), status=status, hint=hint))
    if allowed:
        told.headers["Allow"] = allowed
    return told


def fault(error: Exception) -> AnyResponse:
    """Keep the details in the log and give the person a reference to them."""
    reference = secrets.token_hex(4)
    log.error("fault %s at %s %s", reference, request.method, request.path, exc_info=error)
    title = _("Something went wrong on our side.")
    hint = _("Try again. If it stays, tell your administrator this reference: %s.") % reference
    return answer(Problem(code="fault", title=title, status=500, hint=hint))


def signed_out() -> AnyResponse:
    """Send a person to the sign-in page; a script or a part of a page gets a plain 401."""
    if htmx:
        return Response("", 401, {"HX-Redirect": url_for("sign_in.show")})
    if request.method == "GET" and request.accept_mimetypes.accept_html:
        return redirect(url_for("sign_in.show"), 303)
    title, hint = _("Nobody is signed in."), _("Sign in, then ask again.")
    return problem(Problem(code="signed_out", title=title, status=401, hint=hint))


def _where() -> str:
    """Return the page to come back to: this one, or the one that sent this write."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    came = urlsplit(request.referrer or "")
    here = came.netloc == request.host and is_local(came.path)
    return f"{came.path}?{came.query}".rstrip("?") if here else "/"


def answer(*problems: Problem) -> AnyResponse:
    """Show problems in the form that the asker can read; none of them repeats a secret."""
    problems = tuple(_without_secrets(each) for each in problems)
    first = problems[0]
    if is_machine() or not (htmx or request.accept_mimetypes.accept_html):
        return problem(*problems)
    template = "_problem.html" if htmx else "problem.html"
    shown = [for_page(one) for one in problems]
    return make_response(render_template(template, problems=shown), first.status)


def for_page(problem: Problem) -> Problem:
    """Leave out of the hint what only a terminal understands."""
    return replace(problem, hint=COMMAND.sub(".", problem.hint).lstrip("."))


def _without_secrets(problem: Problem) -> Problem:
    words = nexus().redactor.words
    title, detail = words(problem.title), words(problem.detail)
    return replace(problem, title=title, detail=detail, hint=words(problem.hint))


def problem(*problems: Problem) -> Response:
    """Answer with an RFC 9457 problem; further ones follow under `problems`."""
    first = problems[0]
    body = first.as_dict() | {"type": "about:blank"}
    if len(problems) > 1:
        body["problems"] = [each.as_dict() for each in problems]
    response = jsonify(body)
    response.status_code = first.status
    response.mimetype = "application/problem+json"
    if first.status in RETRY_AFTER:
        response.headers["Retry-After"] = RETRY_AFTER[first.status]
    return response

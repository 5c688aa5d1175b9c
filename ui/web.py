"""Put the web application together: rooms of pages, headers, limits and errors.

The composition root hands in the running core; nothing here makes one.
"""

import hashlib
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from nexus.core.model import ids
from nexus.ui import deeds, door, errors, icons, moments, words
from nexus.ui.door import known
from nexus.ui.doorman import Doorman
from nexus.ui.doors import Doors
from nexus.ui.figures import figures
from nexus.ui.flows import flows
from nexus.ui.headers import HEADERS, STRICT_TRANSPORT
from nexus.ui.hooks import hooks
from nexus.ui.htmx import htmx
from nexus.ui.limits import Limits
from nexus.ui.live import live
from nexus.ui.modules import modules
from nexus.ui.runs import runs
from nexus.ui.settings import SETTINGS, sections
from nexus.ui.sign_in import WITHOUT_SESSION, enter

MEGABYTE = 1_000_000
ONE_MORE = 1  # lets the readers of a body without a length see that it is too large
log = logging.getLogger("nexus.ui")
STATIC = Path(__file__).parent / "static"

web = Blueprint("web", __name__)


@web.get("/")
@known("it only leads on")
def home() -> AnyResponse:
    """Send a person to the list of flows, or to what they may see instead."""
    sees_flows = door.actor().rights["flow", "read"].scope is not None
    return redirect(url_for("flows.index" if sees_flows else "account.show"))


@web.get("/healthz")
@door.anyone("a load balancer asks whether this process answers")
def healthz() -> dict[str, bool]:
    """Say that this process answers; nothing else is told without signing in."""
    return {"ok": True}


def create_web(
    nexus: Any,
    *,
    secret_key: str,
    apis: Sequence[Blueprint] = (),
    doors: Doors | None = None,
) -> Flask:
    """Make the web application around a running core.

    `secret_key` signs the pages' CSRF tokens. `apis` are blueprints below `/api/` that check
    their callers themselves.
    """
    app = Flask("nexus.ui", root_path=str(Path(__file__).parent))
    app.config.update(
        SECRET_KEY=secret_key, MAX_CONTENT_LENGTH=MEGABYTE + ONE_MORE, WTF_CSRF_TIME_LIMIT=None
    )
    app.debug = app.testing = False  # whatever the environment says
    app.extensions["nexus"] = nexus
    app.session_interface = door.Sessions(nexus.people)
    _templates(app)
    app.before_request(door.gate)
    app.before_request(door.lead)
    app.after_request(protect)
    app.after_request(hide)
    csrf = CSRFProtect(app)
    for exempt in (hooks, *WITHOUT_SESSION, *apis):
        csrf.exempt(exempt)  # signatures, no session yet, bearer tokens; the gate checks origins
    for blueprint in (web, hooks, figures, enter, flows, runs, live, modules, *SETTINGS, *apis):
        app.register_blueprint(blueprint)
    static: Any = app.view_functions["static"]
    door.anyone("files of the pages")(static)
    for view in app.view_functions.values():
        door.needs_of(view)
    htmx.init_app(app)
    errors.install(app)
    _stand(app, doors or Doors())
    return app


def _stand(app: Flask, doors: Doors) -> None:
    """Put the doorman in front; the word of a proxy is believed only when it is ours."""
    inside = Doorman(Limits(doors.rates), app.wsgi_app)
    count = doors.proxies
    outside = ProxyFix(inside, x_for=count, x_proto=count, x_host=count) if count else inside
    app.wsgi_app = outside  # type: ignore[assignment, method-assign]  # how Flask documents it


def _templates(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_translations(words.TRANSLATIONS, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    app.jinja_env.filters.update(icon=icons.known, family=icons.family, humanise=words.humanise)
    app.jinja_env.filters["device"] = words.device
    app.jinja_env.filters["role_title"] = _role_title(app)
    app.jinja_env.filters["module_name"] = _module_name(app)
    app.jinja_env.globals.update(
        asset=asset,
        actor=door.actor,
        may=door.may,
        on_hold=lambda: door.nexus().upkeep.standing.reason,
        silent=lambda: {row.flow_id: row for row in door.nexus().upkeep.silence.list(door.actor())},
        sections=sections,
        sentence=deeds.sentence,
        look=deeds.look,
        came=deeds.door,
        now=app.extensions["nexus"].clock.now,
        run_id=lambda number: ids.write("run", number),
        plural=words.plural,
        ago=words.ago,
        duration=words.duration,
        turn_number=words.turn,
        day=moments.day,
        date=moments.date,
        clock=moments.clock,
        until=moments.until,
        state_look=words.STATES.__getitem__,
        step_look=words.STEP_STATES.__getitem__,
    )


def _role_title(app: Flask) -> Any:
    roles = app.extensions["nexus"].people.policy.roles
    return lambda role: words._(roles[role].title) if role in roles else role


def _module_name(app: Flask) -> Any:
    find = app.extensions["nexus"].catalog.manifest
    return lambda module: found.name if (found := find(module)) else module


@cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes when the file does."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return url_for("static", filename=name, v=mark)


def hide(response: Response) -> Response:
    """Let no secret out, whichever page or answer forgot to hide it: the last line of defence."""
    if response.direct_passthrough or response.is_streamed:
        return response
    redactor = door.nexus().redactor
    if redactor.carries(response.get_data()):
        log.error("a secret was hidden in the answer of %s", request.endpoint)
        response.set_data(redactor.words(response.get_data(as_text=True)))
    return response


def protect(response: Response) -> Response:
    """Set the headers that keep a browser from doing what our pages never ask for."""
    response.headers.update(HEADERS)
    if request.endpoint == "static":  # an address with `v` changes when its file does
        age = 31_536_000 if "v" in request.args else 3600
        response.headers["Cache-Control"] = f"public, max-age={age}"
    else:
        response.headers["Cache-Control"] = "no-store"
        response.vary.update(("HX-Request", "HX-Request-Type"))
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    return response

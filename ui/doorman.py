"""WSGI in front of everything: what is too long, too much or too often goes no further.

It refuses by leaving the reason in the request; Flask raises it first of all, so that every
refusal reads alike and carries the same headers.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nexus.core.model.problem import Problem, Refused
from nexus.ui.limits import Limits
from nexus.ui.words import _

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TROUBLE = "nexus.trouble"  # what a door in front of Flask met; no HTTP header can set it
LONGEST_URL = 16_000
MOST_HEADERS = 100
LARGEST_HEADERS = 64_000


class Doorman:
    """Looks at each request's outside before anybody reads its inside."""

    def __init__(self, limits: Limits, inside: "WSGIApplication") -> None:
        self._limits = limits
        self._inside = inside

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        """Let the request pass, with the reason why it must be refused, if any."""
        try:
            look(environ)
            self._limits.check(environ)
        except Refused as refused:
            environ[TROUBLE] = refused
        return self._inside(environ, start)


def look(environ: "WSGIEnvironment") -> None:
    """Check the size of address and headers, and that no files are sent.

    Raises:
        Refused: 414, 431 or 415.
    """
    if len(environ["PATH_INFO"]) + len(environ.get("QUERY_STRING") or "") > LONGEST_URL:
        expected = _("at most %d characters") % LONGEST_URL
        raise _refused(414, "long_address", _("This address is too long."), expected)
    headers = [value for name, value in environ.items() if name.startswith("HTTP_")]
    if len(headers) > MOST_HEADERS or sum(map(len, headers)) > LARGEST_HEADERS:
        expected = _("at most %d headers, %d bytes in all") % (MOST_HEADERS, LARGEST_HEADERS)
        raise _refused(431, "large_headers", _("The headers of this are too large."), expected)
    if (environ.get("CONTENT_TYPE") or "")[:10].lower() == "multipart/":
        raise _refused(415, "content_type", _("No files are taken here."), "JSON or a plain form")


def _refused(status: int, code: str, title: str, expected: str) -> Refused:
    return Refused(Problem(code=code, title=title, status=status, expected=expected))

"""What we rely on of htmx 4 and flask-htmx; the room of pages.

flask-htmx reads htmx 2 headers. With htmx 4 only its truth value, `boosted`, `current_url` and
`make_response` hold, so whether a part or a page is wanted is read from `HX-Request-Type` here.
"""

from flask import Response, redirect, request
from flask_htmx import HTMX, make_response
from werkzeug.wrappers import Response as AnyResponse

htmx = HTMX()


def wants_part() -> bool:
    """True when htmx asks for one part of a page, not for a whole page to choose from."""
    return bool(htmx) and request.headers.get("HX-Request-Type") != "full"


def go(url: str) -> AnyResponse:
    """Send the browser to another page after a write, whichever way it asked."""
    if htmx:
        answer: Response = make_response("", redirect=url)
        return answer
    return redirect(url, 303)

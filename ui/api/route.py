"""Declare a route once: the blueprint serves it, and `ui/openapi.py` describes it.

A handler's signature says what it reads: parts of the path by their names, `query` and `body` as
strict structs, `document` as the bytes of a flow, `data` as plain JSON. Its return type is the
shape of the answer; None answers 204.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NewType, TypeVar, get_type_hints

import msgspec
from flask import Blueprint, Response, request

from nexus.core.model.problem import Problem, Refused
from nexus.core.trigger.body import parse
from nexus.ui.api.write import write
from nexus.ui.door import needs_of

Document = NewType("Document", bytes)
Text = NewType("Text", str)
Data = NewType("Data", object)
T = TypeVar("T")
Handler = TypeVar("Handler", bound=Callable[..., Any])

DOCUMENT_TYPES = ("application/yaml", "application/json", "text/yaml", "application/x-yaml")
JSON = "application/json"
SPECIAL = ("query", "body", "document", "data")


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One declared route. `reads` maps the special parameters to their types."""

    method: str
    path: str
    status: int
    handler: Callable[..., Any]
    reads: dict[str, Any]
    answer: Any

    @property
    def name(self) -> str:
        """Return the operation's id: the handler's name."""
        return self.handler.__name__

    @property
    def needs(self) -> tuple[str, str]:
        """Return what of the policy table the route asks for."""
        return needs_of(self.handler)

    def view(self, **path: str) -> Response:
        """Read what the handler asks for, call it, and write its answer."""
        given = {name: READERS[name](kind) for name, kind in self.reads.items()}
        answer = self.handler(**path, **given)
        if self.answer is type(None):
            return Response(status=204)
        if self.answer is Text:
            return Response(answer, self.status, mimetype="application/yaml")
        return Response(write(answer), self.status, mimetype=JSON)


ROUTES: list[Route] = []


def route(method: str, path: str, status: int = 200) -> Callable[[Handler], Handler]:
    """Declare a handler below /api/v1. Path parameters are written `{so}`."""

    def declare(handler: Handler) -> Handler:
        hints = get_type_hints(handler)
        ROUTES.append(
            Route(
                method=method,
                path=path,
                status=status,
                handler=handler,
                reads={name: hints[name] for name in SPECIAL if name in hints},
                answer=hints["return"],
            )
        )
        return handler

    return declare


def serve(blueprint: Blueprint) -> None:
    """Serve every declared route by the blueprint."""
    for one in ROUTES:
        rule = one.path.replace("{", "<").replace("}", ">")
        view = partial(one.view)
        view.needs = one.needs  # type: ignore[attr-defined]  # read by needs_of
        blueprint.add_url_rule(rule, one.name, view, methods=[one.method])


def read_query(kind: type[T]) -> T:
    """Read the query strictly: known names, each once, in the right form."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise _refused("bad_query", f"{repeated[0]!r} is asked for twice.", "each name once")
    try:
        return msgspec.convert(request.args.to_dict(), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _refused("bad_query", f"The query does not fit: {error}.") from None


def read_body(kind: type[T]) -> T:
    """Read a JSON body strictly: members that the struct does not know are refused."""
    _check_type((JSON,))
    try:
        return msgspec.convert(_json(), kind)
    except msgspec.ValidationError as error:
        raise _refused("bad_body", f"The body does not fit: {error}.") from None


def read_data(_: Any) -> Any:
    """Read any JSON, as strictly as a webhook's body."""
    _check_type((JSON,))
    return _json()


def read_document(_: Any) -> bytes:
    """Return the bytes of a flow document; the core reads them."""
    _check_type(DOCUMENT_TYPES)
    return request.get_data(cache=False)


READERS: dict[str, Callable[[Any], Any]] = {
    "query": read_query,
    "body": read_body,
    "data": read_data,
    "document": read_document,
}


def _json() -> Any:
    return parse(request.get_data(cache=False), request.content_type or "")


def _check_type(wanted: tuple[str, ...]) -> None:
    if request.mimetype not in wanted:
        sent = f"{request.mimetype[:80]!r} is not read here" if request.mimetype else "none is said"
        title = f"The content type does not fit: {sent}."
        raise _refused("wrong_type", title, " or ".join(wanted), status=415)


def _refused(code: str, title: str, expected: str = "", status: int = 422) -> Refused:
    hint = "/api/v1/openapi.json describes what this address takes."
    return Refused(Problem(code=code, title=title, expected=expected, status=status, hint=hint))

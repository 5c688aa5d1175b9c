"""Say which data an expression looked for and did not find, so that a person can see why."""

from collections.abc import Iterator

from nexus.core.flow.expr import compile_expr
from nexus.core.flow.nodes import ExprError, Field, Index, Literal, Name, Node, parts_of
from nexus.core.flow.plan import Context
from nexus.core.flow.syntax import parse


def absent(source: str, context: Context) -> tuple[str, ...]:
    """Return the paths (`event.data.x`) of an expression that are null in a context, each once.

    Paths that begin at a loop's own name are left out: they differ from turn to turn.
    """
    try:
        paths = dict.fromkeys(_paths(parse(source)))
        return tuple(path for path in paths if _is_null(path, context))
    except ExprError:
        return ()


def _paths(node: Node) -> Iterator[str]:
    path = _path(node)
    if path:
        yield path
        return
    for part in parts_of(node):
        yield from _paths(part)


def _path(node: Node) -> str:
    """Return a node as the path it is, or an empty text when it is more than a path."""
    if isinstance(node, Name):
        return node.name
    if not isinstance(node, Field | Index) or not (parent := _path(node.target)):
        return ""
    if isinstance(node, Field):
        return f"{parent}.{node.name}"
    key = node.key
    if not isinstance(key, Literal) or type(key.value) not in (int, str):
        return ""
    return f"{parent}[{key.value!r}]"


def _is_null(path: str, context: Context) -> bool:
    try:
        return compile_expr(path, context)(context) is None
    except ExprError:
        return False

"""The parts that an expression is made of, once it is read."""

from dataclasses import dataclass
from typing import Any

At = tuple[int, int]


class ExprError(Exception):
    """What is wrong with an expression, in words. `at` is the 1-based line and column inside it."""

    def __init__(
        self, message: str, at: At = (1, 1), *, code: str = "bad_expression", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.code = code
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Node:
    """One part of an expression and where it stands."""

    at: At


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, text, true, false or null as written."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name such as `event`."""

    name: str


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`target.name`."""

    target: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`target[key]`."""

    target: Node
    key: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """`{key: value}`."""

    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`!x` or `-x`."""

    op: str
    value: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two values and one of `+ - * / % == != < <= > >= in && ||`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choose(Node):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Invoke(Node):
    """A function; `x.f(y)` and `f(x, y)` are the same."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """`over.kind(variable, body)`."""

    kind: str
    over: Node
    variable: str
    body: Node


def count_nodes(node: Node) -> int:
    """Return how many parts an expression has."""
    return 1 + sum(count_nodes(part) for part in parts_of(node))


def parts_of(node: Node) -> list[Node]:
    """Return the parts that a node is made of directly."""
    found: list[Node] = []
    for name in node.__slots__:
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            for part in value:
                found.extend(part if isinstance(part, tuple) else [part])
    return [part for part in found if isinstance(part, Node)]

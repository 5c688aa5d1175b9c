"""Read an expression: cel-python's parser reads CEL, and this turns its tree into a small one.

Only this file knows the parser. What its grammar lets through but Nexus does not have (messages,
bytes, unsigned numbers) is refused here, in words.
"""

import threading
from functools import lru_cache
from typing import Any

from nexus.core.flow.literals import read_literal
from nexus.core.flow.misread import excerpt, guess, position, without_texts
from nexus.core.flow.nodes import (
    At,
    Binary,
    Choose,
    ExprError,
    Field,
    Index,
    Invoke,
    ListOf,
    Literal,
    Loop,
    MapOf,
    Name,
    Node,
    Unary,
)
from nexus.core.flow.words import RESERVED

MAX_SOURCE = 2000
MAX_BRACKETS = 20
MAX_TREE = 300

LOOPS = frozenset({"map", "filter", "all", "exists", "exists_one"})


@lru_cache(maxsize=512)
def parse(source: str) -> Node:
    """Read one expression.

    Raises:
        ExprError: When it is not understood, too long or nested too deeply.
    """
    if len(source) > MAX_SOURCE:
        raise ExprError(
            f"The expression is longer than {MAX_SOURCE} characters.",
            hint="Move parts of it into `set` steps.",
        )
    if not source.strip():
        raise ExprError("The expression is empty.")
    _check_brackets(source)
    tree = _read_tree(source)
    _check_depth(tree)
    return _Reader().node(tree)


def _check_brackets(source: str) -> None:
    """Refuse deep brackets before parsing, so that parsing them costs nothing."""
    depth = 0
    bare = without_texts(source)
    for place, letter in enumerate(bare):
        depth += (letter in "([{") - (letter in ")]}")
        if depth > MAX_BRACKETS:
            raise ExprError(
                f"Brackets are nested more than {MAX_BRACKETS} deep.", position(source, place)
            )


_lock = threading.Lock()


def _read_tree(source: str) -> Any:
    # cel-python costs 16 MB and 0.2 s: it loads with the first expression, not with the program.
    from celpy.celparser import CELParseError, CELParser  # noqa: PLC0415 - see above
    from lark.exceptions import LarkError  # noqa: PLC0415 - see above

    try:
        with _lock:
            return CELParser().parse(source)
    except CELParseError as error:
        at = (error.line or 1, error.column or 1)
    except LarkError:
        at = (1, 1)
    raise ExprError(f"This is not understood: {excerpt(source, at)}.", at, hint=guess(source))


def _check_depth(tree: Any) -> None:
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > MAX_TREE:
            hint = "Move parts of it into `set` steps."
            raise ExprError("The expression has too many parts in a row.", hint=hint)
        level = [child for node in level for child in node.children if hasattr(child, "data")]


OPERATORS = {
    "relation_lt": "<", "relation_le": "<=", "relation_gt": ">", "relation_ge": ">=",
    "relation_eq": "==", "relation_ne": "!=", "relation_in": "in",
    "addition_add": "+", "addition_sub": "-",
    "multiplication_mul": "*", "multiplication_div": "/", "multiplication_mod": "%",
}  # fmt: skip
RELATIONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "in"})


class _Reader:
    """Turn lark's tree, ten levels for each bracket, into ours."""

    def node(self, tree: Any) -> Node:
        while len(tree.children) == 1 and tree.data in PASSED:
            tree = tree.children[0]
        read = getattr(self, f"_{tree.data}", None)
        if read is None:
            raise ExprError("This is not understood.", _at(tree))
        node: Node = read(tree)
        return node

    def _expr(self, tree: Any) -> Node:
        condition, yes, no = tree.children
        return Choose(_at(tree), self.node(condition), self.node(yes), self.node(no))

    def _conditionalor(self, tree: Any) -> Node:
        return Binary(_at(tree), "||", *map(self.node, tree.children))

    def _conditionaland(self, tree: Any) -> Node:
        return Binary(_at(tree), "&&", *map(self.node, tree.children))

    def _relation(self, tree: Any) -> Node:
        head, right = tree.children
        op, left = OPERATORS[str(head.data)], self.node(head.children[0])
        if (
            op in RELATIONS
            and isinstance(left, Binary)
            and left.op in RELATIONS
            and (head.children[0].data == "relation" and len(head.children[0].children) == 2)
        ):
            hint = "Write `a < b && b < c`."
            raise ExprError("Comparisons cannot follow each other.", _at(tree), hint=hint)
        return Binary(_at(tree), op, left, self.node(right))

    _addition = _multiplication = _relation

    def _unary(self, tree: Any) -> Node:
        op = "!" if tree.children[0].data == "unary_not" else "-"
        value = self.node(tree.children[1])
        if op == "-" and isinstance(value, Literal) and type(value.value) in (int, float):
            return Literal(_at(tree), -value.value)
        return Unary(_at(tree), op, value)

    def _member_dot(self, tree: Any) -> Node:
        target, name = tree.children
        return Field(_at(name), self.node(target), str(name))

    def _member_index(self, tree: Any) -> Node:
        return Index(_at(tree), *map(self.node, tree.children))

    def _member_dot_arg(self, tree: Any) -> Node:
        target, name = tree.children[:2]
        args = tree.children[2].children if len(tree.children) > 2 else []
        if name in LOOPS:
            return self._loop(name, self.node(target), args)
        return Invoke(_at(name), str(name), (self.node(target), *map(self.node, args)))

    def _loop(self, name: Any, over: Node, args: list[Any]) -> Node:
        if len(args) not in ((2, 3) if name == "map" else (2,)):
            raise ExprError(f"`{name}` takes a name and an expression.", _at(name))
        variable = self.node(args[0])
        if not isinstance(variable, Name):
            hint = f"Write it as `list.{name}(x, …)`."
            raise ExprError(f"`{name}` starts with a name.", variable.at, hint=hint)
        if len(args) == 3:
            over = Loop(_at(name), "filter", over, variable.name, self.node(args[1]))
        return Loop(_at(name), str(name), over, variable.name, self.node(args[-1]))

    def _ident_arg(self, tree: Any) -> Node:
        args = tree.children[1].children if len(tree.children) > 1 else []
        return Invoke(_at(tree), str(tree.children[0]), tuple(map(self.node, args)))

    def _ident(self, tree: Any) -> Node:
        name = str(tree.children[0])
        if name == "null":
            return Literal(_at(tree), None)
        if name in RESERVED:
            raise ExprError(f"`{name}` is a word of the language, not a name.", _at(tree))
        return Name(_at(tree), name)

    def _paren_expr(self, tree: Any) -> Node:
        return self.node(tree.children[0])

    def _list_lit(self, tree: Any) -> Node:
        items = tree.children[0].children if tree.children else []
        return ListOf(_at(tree), tuple(map(self.node, items)))

    def _map_lit(self, tree: Any) -> Node:
        parts = list(map(self.node, tree.children[0].children if tree.children else []))
        return MapOf(_at(tree), tuple(zip(parts[::2], parts[1::2], strict=True)))

    def _literal(self, tree: Any) -> Node:
        token = tree.children[0]
        return Literal(_at(token), read_literal(token, _at(token)))

    def _member_object(self, tree: Any) -> Node:
        hint = 'Write a map with quoted keys: {"name": value}.'
        raise ExprError("Messages such as `Name{…}` do not exist here.", _at(tree), hint=hint)

    def _dot_ident(self, tree: Any) -> Node:
        raise ExprError("A name cannot begin with a dot.", _at(tree))

    _dot_ident_arg = _dot_ident


PASSED = frozenset(
    [
        "expr",
        "conditionalor",
        "conditionaland",
        "relation",
        "addition",
        "multiplication",
        "unary",
        "member",
        "primary",
    ]
)


def _at(part: Any) -> At:
    meta = getattr(part, "meta", part)
    return getattr(meta, "line", None) or 1, getattr(meta, "column", None) or 1

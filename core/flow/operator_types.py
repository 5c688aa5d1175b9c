"""Which types an operator takes, and the type that it gives."""

from collections.abc import Callable

from nexus.core.flow.nodes import Binary, ExprError, Literal, Node
from nexus.core.flow.types import NUMBER, YES_NO, Type, list_of, union


def need_condition(kind: Type, node: Node) -> None:
    """Refuse a value that can be neither yes nor no.

    Raises:
        ExprError: Saying what to compare it with.
    """
    if not kind.can_be("boolean"):
        raise ExprError(
            f"A condition is yes or no, and this is {kind}.",
            node.at,
            code="wrong_type",
            hint="Compare it with something, such as `x != null`, `x > 0` or `size(x) > 0`.",
        )


def _logic(node: Binary, left: Type, right: Type) -> Type:
    need_condition(left, node.left)
    need_condition(right, node.right)
    return YES_NO


def _equality(node: Binary, left: Type, right: Type) -> Type:
    if left.kinds and right.kinds and left.kinds.isdisjoint(right.kinds):
        raise _mismatch(node, left, right, f"{left} is never the same as {right}.")
    return YES_NO


def _comparison(node: Binary, left: Type, right: Type) -> Type:
    _need_shared(node, left, right, ("number", "string", "boolean"), "compare", "with")
    return YES_NO


def _addition(node: Binary, left: Type, right: Type) -> Type:
    kinds = _need_shared(node, left, right, ("number", "string", "array"), "add", "and")
    if kinds == {"array"}:
        return list_of(union(left.items(), right.items()))
    return Type(kinds=kinds)


def _arithmetic(node: Binary, left: Type, right: Type) -> Type:
    _need_shared(node, left, right, ("number",), "calculate", node.op)
    if node.op in "/%" and isinstance(node.right, Literal) and node.right.value == 0:
        raise ExprError("Division by zero.", node.at)
    return NUMBER


def _need_shared(
    node: Binary, left: Type, right: Type, allowed: tuple[str, ...], verb: str, word: str
) -> frozenset[str]:
    """Return the types that both sides may have; one side being only null leaves the other's."""
    kinds = frozenset(allowed)
    shared = kinds & (left.kinds or kinds) & (right.kinds or kinds)
    if not shared:
        raise _mismatch(node, left, right, f"Cannot {verb} {left} {word} {right}.")
    return shared


def _mismatch(node: Binary, left: Type, right: Type, message: str) -> ExprError:
    kinds = {*left.kinds, *right.kinds}
    hint = ""
    if kinds == {"string", "number"}:
        hint = "Use string(…) or double(…) to turn one into the other."
    return ExprError(message[0].upper() + message[1:], node.at, code="wrong_type", hint=hint)


def _within(node: Binary, left: Type, right: Type) -> Type:
    if not right.can_be("array", "object"):
        hint = "Write text.contains(part)." if right.can_be("string") else ""
        message = f"`in` needs a list or a map, and this is {right}."
        raise ExprError(message, node.at, code="wrong_type", hint=hint)
    return YES_NO


BINARY: dict[str, Callable[[Binary, Type, Type], Type]] = {
    **dict.fromkeys(("&&", "||"), _logic),
    **dict.fromkeys(("==", "!="), _equality),
    **dict.fromkeys(("<", "<=", ">", ">="), _comparison),
    **dict.fromkeys(("-", "*", "/", "%"), _arithmetic),
    "+": _addition,
    "in": _within,
}

"""Check an expression against what is known of its names, and find the type of its value.

Each kind of node has its check in CHECKS; a mistake is an ExprError with its place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nexus.core.flow.calls import check_call, check_variable
from nexus.core.flow.functions import FUNCTIONS, Function
from nexus.core.flow.near import did_you_mean, listed
from nexus.core.flow.nodes import (
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
from nexus.core.flow.operator_types import BINARY, need_condition
from nexus.core.flow.types import (
    ANY,
    BASIC,
    LIST,
    NOTHING,
    NUMBER,
    TEXT,
    YES_NO,
    Type,
    closed_map,
    from_value,
    list_of,
    open_map,
    union,
)

Lookup = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The names in scope and their types; `gone` says why a step cannot be read here."""

    names: Mapping[str, Type]
    gone: Mapping[str, str]

    def with_name(self, name: str, kind: Type) -> "Scope":
        """Return a scope with one more name."""
        return Scope(names={**self.names, name: kind}, gone=self.gone)


def infer(node: Node, scope: Scope) -> Type:
    """Return the type of an expression's value.

    Raises:
        ExprError: For unknown names, steps, fields and functions, and types that cannot go.
    """
    return CHECKS[type(node)](node, scope)


def _literal(node: Literal, scope: Scope) -> Type:
    return from_value(node.value)


def _name(node: Name, scope: Scope) -> Type:
    if node.name not in scope.names:
        hint = did_you_mean(node.name, scope.names) or f"Known here: {listed(scope.names, 'and')}."
        message = f"There is no `{node.name}` here."
        raise ExprError(message, node.at, code="unknown_name", hint=hint)
    return scope.names[node.name]


def _field(node: Field, scope: Scope) -> Type:
    return _member(infer(node.target, scope), node.name, node, scope)


def _member(target: Type, name: str, node: Field | Index, scope: Scope) -> Type:
    if isinstance(node.target, Name) and node.target.name == "steps":
        _check_step(name, target, node, scope)
    if not target.can_be("object"):
        hint = "Write list[0], first(list) or list.map(x, …)." if target.can_be("array") else ""
        message = f"`.{name}` needs a map, and this is {target}."
        raise ExprError(message, node.at, code="wrong_type", hint=hint)
    if target.closed and target.kinds == {"object"} and name not in target.fields:
        raise _unknown_field(name, target, node)
    return target.at(name)


def _check_step(name: str, steps: Type, node: Node, scope: Scope) -> None:
    if name in scope.gone:
        code = "unreachable_step"
        raise ExprError(
            f"`steps.{name}` cannot be read here.", node.at, code=code, hint=scope.gone[name]
        )
    if name not in steps.fields:
        hint = did_you_mean(name, [*steps.fields, *scope.gone])
        message = f"There is no step `{name}`."
        raise ExprError(message, node.at, code="unknown_step", hint=hint)


def _unknown_field(name: str, target: Type, node: Field | Index) -> ExprError:
    hint = did_you_mean(name, target.fields)
    parent = node.target
    if isinstance(node, Field) and isinstance(parent, Name | Field) and not hint:
        hint = f"`{parent.name}` has {listed(list(target.fields)[:12], 'and')}."
    message = f"There is no field `{name}` here."
    return ExprError(message, node.at, code="unknown_field", hint=hint)


def _index(node: Index, scope: Scope) -> Type:
    target, key = infer(node.target, scope), infer(node.key, scope)
    if isinstance(node.key, Literal) and isinstance(node.key.value, str):
        return _member(target, node.key.value, node, scope)
    if not target.can_be("object", "array"):
        message = f"`[…]` needs a list or a map, and this is {target}."
        raise ExprError(message, node.at, code="wrong_type")
    if target.kinds == {"array"} and not key.can_be("number"):
        message = f"The place in a list is a number, not {key}."
        raise ExprError(message, node.at, code="wrong_type")
    return target.items() if target.kinds == {"array"} else ANY


def _list(node: ListOf, scope: Scope) -> Type:
    items = [infer(item, scope) for item in node.items]
    return list_of(union(NOTHING, *items)) if items else LIST


def _map(node: MapOf, scope: Scope) -> Type:
    fields, constant = {}, True
    for key, value in node.pairs:
        kind = infer(key, scope)
        if not kind.can_be("string") or kind is NOTHING:
            raise ExprError(f"The keys of a map are texts, not {kind}.", key.at, code="wrong_type")
        found = infer(value, scope)
        if isinstance(key, Literal):
            fields[key.value] = found
        else:
            constant = False
    return closed_map(fields) if constant else open_map(fields)


def _unary(node: Unary, scope: Scope) -> Type:
    kind = infer(node.value, scope)
    if node.op == "!":
        need_condition(kind, node.value)
        return YES_NO
    if not kind.can_be("number"):
        raise ExprError(f"`-` needs a number, and this is {kind}.", node.at, code="wrong_type")
    return NUMBER


def check_condition(node: Node, scope: Scope) -> None:
    """Check an expression that has to answer yes or no.

    Raises:
        ExprError: When it can do neither.
    """
    need_condition(infer(node, scope), node)


def _binary(node: Binary, scope: Scope) -> Type:
    left, right = infer(node.left, scope), infer(node.right, scope)
    return BINARY[node.op](node, left, right)


def _choose(node: Choose, scope: Scope) -> Type:
    need_condition(infer(node.condition, scope), node.condition)
    return union(infer(node.yes, scope), infer(node.no, scope))


def _invoke(node: Invoke, scope: Scope) -> Type:
    check_call(node)
    function = FUNCTIONS[node.name]
    kinds = [infer(arg, scope) for arg in node.args]
    for index, kind in enumerate(kinds):
        if not kind.can_be(*function.accepts(index)):
            wanted = " or ".join(
                str(BASIC.get(name, name)) if name != "object" else "map"
                for name in function.accepts(index)
            )
            message = f"`{node.name}` needs {wanted}, and this is {kind}."
            raise ExprError(message, node.args[index].at, code="wrong_type")
    return _result(node, function, kinds)


def _result(node: Invoke, function: Function, kinds: list[Type]) -> Type:
    if function.gives == "item":
        return kinds[0].items()
    if function.gives == "same":
        return kinds[0] if kinds[0].kinds == {"array"} else LIST
    return list_of(TEXT) if node.name == "split" else BASIC[function.gives]


def _loop(node: Loop, scope: Scope) -> Type:
    check_variable(node, scope.names)
    over = infer(node.over, scope)
    if not over.can_be("array", "object"):
        message = f"`{node.kind}` needs a list, and this is {over}."
        raise ExprError(message, node.at, code="wrong_type")
    item = over.items() if over.kinds == {"array"} else ANY
    body = infer(node.body, scope.with_name(node.variable, item))
    if node.kind == "map":
        return list_of(body)
    need_condition(body, node.body)
    return list_of(item) if node.kind == "filter" else YES_NO


CHECKS: dict[type[Node], Callable[[Any, Scope], Type]] = {
    Literal: _literal,
    Name: _name,
    Field: _field,
    Index: _index,
    ListOf: _list,
    MapOf: _map,
    Unary: _unary,
    Binary: _binary,
    Choose: _choose,
    Invoke: _invoke,
    Loop: _loop,
}

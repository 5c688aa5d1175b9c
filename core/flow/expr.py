"""Compile expressions to closures over plain JSON values.

`compile_expr` reads and compiles once; what it returns takes a context (`event`, `steps`, …) and
answers with a JSON value or raises ExprError, in bounded time and space. Only whole loops count
their work: an expression without one is bounded by its length.
"""

from collections.abc import Collection
from typing import Any

from nexus.core.flow.calls import check_call, check_variable
from nexus.core.flow.functions import FUNCTIONS, bind
from nexus.core.flow.loops import (
    BUDGET,
    HEAVY,
    LIGHT,
    LOOPS,
    MAX_LOOPS,
    SPENT,
    metered,
    spend,
    turns_of,
)
from nexus.core.flow.near import did_you_mean
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
from nexus.core.flow.plan import Context, Eval
from nexus.core.flow.syntax import parse
from nexus.core.flow.values import OPERATORS, bounded, word
from nexus.core.flow.words import ROOTS

NAMES = ROOTS


def compile_expr(source: str, names: Collection[str] = NAMES) -> Eval:
    """Read and compile one expression.

    Raises:
        ExprError: When it is not understood, or uses a name or function that does not exist.
    """
    compiler = _Compiler(names)
    run = compiler.compile(parse(source))
    return _guard(run, source, looped=compiler.looped)


def is_constant(source: str) -> bool:
    """Tell whether an expression looks at nothing outside itself."""
    try:
        _Compiler(()).compile(parse(source))
    except ExprError:
        return False
    return True


def _guard(run: Eval, source: str, *, looped: bool) -> Eval:
    """Make every way to fail an ExprError that names the expression."""

    def plain(context: Context) -> Any:
        try:
            return run(context)
        except ExprError as error:
            raise _located(error, source) from None
        except RecursionError:
            raise _located(ExprError("The data is nested too deeply."), source) from None

    if not looped:
        return plain
    return lambda context: bounded(plain({**context, SPENT: [BUDGET]}))


def _located(error: ExprError, source: str) -> ExprError:
    short = source.strip() if len(source) <= 80 else source.strip()[:79] + "…"
    return ExprError(f"{error.message} (in `{short}`)", error.at, code=error.code, hint=error.hint)


class _Compiler:
    """Compile nodes to closures; `names` are the names in scope."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._loops = 0
        self.looped = False

    def compile(self, node: Node) -> Eval:
        run: Eval = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return run

    def _literal(self, node: Literal) -> Eval:
        value = node.value
        return lambda context: value

    def _name(self, node: Name) -> Eval:
        name = node.name
        if name not in self._names:
            hint = did_you_mean(name, self._names)
            raise ExprError(f"There is no `{name}` here.", node.at, code="unknown_name", hint=hint)
        return lambda context: context[name]

    def _field(self, node: Field) -> Eval:
        target, name = self.compile(node.target), node.name

        def get(context: Context) -> Any:
            value = target(context)
            return value.get(name) if type(value) is dict else None

        return get

    def _index(self, node: Index) -> Eval:
        target, key = self.compile(node.target), self.compile(node.key)

        def get(context: Context) -> Any:
            value, place = target(context), key(context)
            if type(value) is dict:
                return value.get(place) if type(place) is str else None
            if type(value) is list and type(place) is int and 0 <= place < len(value):
                return value[place]
            return None

        return get

    def _listof(self, node: ListOf) -> Eval:
        items = tuple(map(self.compile, node.items))
        return self._charged(lambda context: [item(context) for item in items], len(items))

    def _mapof(self, node: MapOf) -> Eval:
        pairs = [(self.compile(key), self.compile(value)) for key, value in node.pairs]

        def build(context: Context) -> dict[str, Any]:
            found = {}
            for key, value in pairs:
                name = key(context)
                if type(name) is not str:
                    raise ExprError(f"The keys of a map are texts, not {word(name)}.", node.at)
                found[name] = value(context)
            return found

        return self._charged(build, len(pairs))

    def _charged(self, run: Eval, cost: int) -> Eval:
        if not self._loops:
            return run

        def counted(context: Context) -> Any:
            spend(context, cost)
            return run(context)

        return counted

    def _unary(self, node: Unary) -> Eval:
        value = self.compile(node.value)
        if node.op == "!":
            return lambda context: value(context) is not True
        minus = OPERATORS["-"]
        return lambda context: minus(0, value(context))

    def _binary(self, node: Binary) -> Eval:
        left, right = self.compile(node.left), self.compile(node.right)
        if node.op == "&&":
            return lambda context: left(context) is True and right(context) is True
        if node.op == "||":
            return lambda context: left(context) is True or right(context) is True
        operate = OPERATORS[node.op]
        if self._loops and node.op in HEAVY:
            operate = metered(operate)
            return lambda context: operate(context, left(context), right(context))
        return lambda context: operate(left(context), right(context))

    def _choose(self, node: Choose) -> Eval:
        condition, yes, no = map(self.compile, (node.condition, node.yes, node.no))
        return lambda context: yes(context) if condition(context) is True else no(context)

    def _invoke(self, node: Invoke) -> Eval:
        check_call(node)
        call = bind(node.name, FUNCTIONS[node.name])
        args = tuple(map(self.compile, node.args))
        if self._loops and node.name not in LIGHT:
            charged = metered(call)
            return lambda context: charged(context, *[arg(context) for arg in args])
        if len(args) == 1:
            only = args[0]
            return lambda context: call(only(context))
        return lambda context: call(*[arg(context) for arg in args])

    def _loop(self, node: Loop) -> Eval:
        check_variable(node, self._names)
        over = self.compile(node.over)
        self._loops += 1
        if self._loops > MAX_LOOPS:
            hint = "Use a `for` step."
            raise ExprError("Loops are nested more than 2 deep.", node.at, hint=hint)
        self.looped = True
        outer, self._names = self._names, self._names | {node.variable}
        body = self.compile(node.body)
        self._names = outer
        self._loops -= 1
        return LOOPS[node.kind](turns_of(over, node, body))

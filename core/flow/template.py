"""Values with `{{ expressions }}` inside: split once, compiled to one closure.

A text that is nothing but one `{{ expr }}` (and space around it) keeps the type of its value. What
an expression gives is never read again, so data cannot smuggle an expression in. `{{{{` is how two
braces are written.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from nexus.core.flow.expr import NAMES, compile_expr, is_constant
from nexus.core.flow.nodes import ExprError
from nexus.core.flow.plan import Context, Eval
from nexus.core.flow.values import MAX_TOTAL, bounded, to_text

OPEN, CLOSE, LITERAL = "{{", "}}", "{{{{"
MAX_PARTS = 1000
EMPTY: Context = {}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a template: plain text, or an expression and where its source begins."""

    text: str
    is_expr: bool = False
    offset: int = 0


def has_expr(text: str) -> bool:
    """Tell whether a text is a template at all."""
    return OPEN in text


def split_template(text: str) -> list[Part]:
    """Split a text into its plain parts and its expressions.

    Raises:
        ExprError: When a `{{` is never closed; `at` counts from the start of the text.
    """
    parts = list(_parts(text))
    alone = [part for part in parts if part.is_expr or part.text.strip()]
    return alone if len(alone) == 1 and alone[0].is_expr else parts


def _parts(text: str) -> Iterator[Part]:
    place = 0
    plain: list[str] = []
    while (start := text.find(OPEN, place)) >= 0:
        plain.append(text[place:start])
        if text.startswith(LITERAL, start):
            plain.append(OPEN)
            place = start + len(LITERAL)
            continue
        yield from _plain(plain)
        end = _close(text, start + len(OPEN))
        yield _expression(text, start + len(OPEN), end)
        place, plain = end + len(CLOSE), []
    yield from _plain([*plain, text[place:]])


def _plain(pieces: list[str]) -> Iterator[Part]:
    if text := "".join(pieces):
        yield Part(text)


def _expression(text: str, start: int, end: int) -> Part:
    inside = text[start:end]
    return Part(inside.strip(), True, start + len(inside) - len(inside.lstrip()))


def _close(text: str, place: int) -> int:
    """Find the `}}` that ends an expression, past quotes and the braces of maps."""
    depth, quote, start = 0, "", place - len(OPEN)
    while place < len(text):
        letter = text[place]
        if quote:
            place += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "{":
            depth += 1
        elif letter == "}":
            if depth == 0 and text.startswith(CLOSE, place):
                return place
            depth -= 1
        place += 1
    hint = "Close it with `}}`, or write `{{{{` for two plain braces."
    raise ExprError("A `{{` is never closed.", _at(text, start), hint=hint)


def _at(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def shifted(error: ExprError, text: str, offset: int) -> ExprError:
    """Return the error of an expression as an error of the text that holds it at `offset`."""
    line, column = _at(text, offset)
    row, place = error.at
    at = (line + row - 1, place if row > 1 else column + place - 1)
    return ExprError(error.message, at, code=error.code, hint=error.hint)


def compile_template(value: Any, names: Collection[str] = NAMES) -> Eval:
    """Compile a value whose texts may hold expressions.

    Whatever is constant is made now; a list or map that an expression fills is made anew at each
    call and stays under 1 MB.

    Raises:
        ExprError: When an expression is not understood.
    """
    run = _compile(value, names)
    if run is None:
        return _constant(value)
    if isinstance(value, dict | list):
        made = run
        return lambda context: bounded(made(context))
    return run


def _constant(value: Any) -> Eval:
    return lambda context: value


def _compile(value: Any, names: Collection[str]) -> Eval | None:
    """Return what makes the value, or None when it is constant as it stands."""
    if isinstance(value, str):
        return _compile_text(value, names) if has_expr(value) else None
    if isinstance(value, dict):
        return _compile_map(value, names)
    if isinstance(value, list):
        return _compile_list(value, names)
    return None


def _compile_map(value: dict[str, Any], names: Collection[str]) -> Eval | None:
    made = {key: run for key, part in value.items() if (run := _compile(part, names))}
    if not made:
        return None
    pairs = tuple(made.items())

    def build(context: Context) -> dict[str, Any]:
        found = dict(value)  # keeps the order of keys
        for key, run in pairs:
            found[key] = run(context)
        return found

    return build


def _compile_list(value: list[Any], names: Collection[str]) -> Eval | None:
    runs = [_compile(part, names) for part in value]
    if not any(runs):
        return None
    makers = [run or _constant(part) for run, part in zip(runs, value, strict=True)]
    return lambda context: [make(context) for make in makers]


def _compile_text(text: str, names: Collection[str]) -> Eval:
    parts = split_template(text)
    if len(parts) > MAX_PARTS:
        raise ExprError(f"A text has more than {MAX_PARTS} parts.")
    runs = [_compile_part(text, part, names) for part in parts]
    if len(parts) == 1:
        return runs[0]
    if all(not part.is_expr or is_constant(part.text) for part in parts):
        return _constant(_joined(runs)(EMPTY))
    return _joined(runs)


def _joined(runs: list[Eval]) -> Callable[[Context], str]:
    def join(context: Context) -> str:
        text = "".join([to_text(run(context)) for run in runs])
        if len(text) > MAX_TOTAL:
            raise ExprError("The text is longer than 1 MB.")
        return text

    return join


def _compile_part(text: str, part: Part, names: Collection[str]) -> Eval:
    if not part.is_expr:
        return _constant(part.text)
    try:
        run = compile_expr(part.text, names)
        return _constant(run(EMPTY)) if is_constant(part.text) else run
    except ExprError as error:
        raise shifted(error, text, part.offset) from None

"""Small files and short functions, measured; there is no god file."""

import ast
import io
import tokenize
from statistics import median

LONGEST_FUNCTION = 40
LONGEST_FILE = 400
WANTED_FILE = 250
LONGER_THAN_WANTED: set[str] = set()  # may only shrink; the aim is that it stays empty

NOT_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(text: str) -> set[int]:
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NOT_CODE:
            found.update(range(token.start[0], token.end[0] + 1))
    return found


def docstring_lines(function: ast.AST) -> set[int]:
    first = function.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_text and isinstance(first.value.value, str):
        return set(range(first.lineno, first.end_lineno + 1))
    return set()


def function_sizes(sources) -> dict[str, int]:
    sizes = {}
    for source in sources:
        lines = code_lines(source.text)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                span = set(range(node.lineno, node.end_lineno + 1))
                size = len((span & lines) - docstring_lines(node))
                sizes[f"{source.name}:{node.lineno} {node.name}"] = size
    return sizes


def file_sizes(sources) -> dict[str, int]:
    return {source.name: source.text.count("\n") for source in sources}


def test_no_function_is_longer_than_forty_lines_of_code(sources):
    sizes = function_sizes(sources)
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}


def test_half_of_the_functions_are_shorter_than_ten_lines(sources):
    assert median(function_sizes(sources).values()) < 10


def test_no_file_is_longer_than_four_hundred_lines(sources):
    sizes = file_sizes(sources)
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_only_listed_files_are_longer_than_two_hundred_and_fifty_lines(sources):
    long = {name for name, size in file_sizes(sources).items() if size > WANTED_FILE}
    assert long == LONGER_THAN_WANTED


def test_tests_are_no_longer_than_that_either(tests):
    """Tables of cases do not count: they stand in decorators, outside of functions."""
    files, functions = file_sizes(tests), function_sizes(tests)
    assert {name: size for name, size in files.items() if size > LONGEST_FILE} == {}
    assert {name: size for name, size in functions.items() if size > LONGEST_FUNCTION} == {}

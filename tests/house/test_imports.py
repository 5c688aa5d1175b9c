"""Imports name the package, so that no room is ever loaded twice."""

import ast

FOLDERS = {"core", "plugins", "ui", "app", "flows", "schemas", "tests", "bench"}


def imported(tree: ast.Module):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_no_file_imports_a_folder_of_the_root_or_a_relative_name(files):
    wrong = [
        f"{path.name} imports {name}"
        for path in files
        if path.suffix == ".py" and "bench" not in path.parts
        for name in imported(ast.parse(path.read_text()))
        if name.startswith(".") or name.partition(".")[0] in FOLDERS
    ]
    assert wrong == []


def test_no_package_lies_below_tests(root):
    assert list((root / "tests").rglob("__init__.py")) == []

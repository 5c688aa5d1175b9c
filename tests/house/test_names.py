"""Rooms and files are nouns of the domain, never a drawer for everything."""

import ast
import re
from pathlib import PurePath

DRAWERS = re.compile(r"^(utils?|helpers?|managers?|commons?|services?|misc|base_.*|.*_service)$")
REASON = re.compile(r"# noqa: [A-Z0-9, ]+ - \w")
CLASSES = re.compile(r"(Manager|Helper|Helpers|Util|Utils|Service)$")


def test_no_file_or_folder_is_a_drawer(sources):
    parts = {part for source in sources for part in PurePath(source.name).with_suffix("").parts}
    assert [part for part in sorted(parts) if DRAWERS.match(part)] == []


def test_no_class_is_named_after_what_everything_does(sources):
    classes = [
        f"{source.name}: {node.name}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and CLASSES.search(node.name)
    ]
    assert classes == []


def test_every_package_and_module_says_what_it_is(sources):
    silent = [source.name for source in sources if not ast.get_docstring(source.tree)]
    assert silent == []


def test_every_room_is_a_package(root):
    folders = {path.parent for room in ("core", "ui") for path in (root / room).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_suppressed_warning_carries_its_reason(sources):
    bare = [
        f"{source.name}:{number}"
        for source in sources
        for number, line in unexplained(source.text.splitlines())
    ]
    assert bare == []


def unexplained(lines):
    """Yield suppressions without a reason; one reason serves the lines right below it."""
    explained = False
    for number, line in enumerate(lines, 1):
        suppressed = "# noqa" in line
        explained = suppressed and (explained or bool(REASON.search(line)))
        if suppressed and not explained:
            yield number, line

"""The README's tour through the code names functions that exist, in one straight line."""

import ast
import re

import pytest

TOUR = [
    ("ui/hooks.py", "receive"),
    ("core/trigger/webhook.py", "receive"),
    ("core/trigger/match.py", "match"),
    ("core/run/run.py", "advance"),
    ("core/run/step.py", "do"),
    ("plugins/http/actions.py", "post"),
    ("core/store/history.py", "record"),
    ("ui/runs.py", "show"),
]
NAMED = re.compile(r"`([\w/]+\.py):(\w+)`")


def test_the_readme_shows_the_tour_in_its_order(root):
    assert NAMED.findall((root / "README.md").read_text()) == TOUR


@pytest.mark.parametrize(("file", "function"), TOUR)
def test_every_stop_of_the_tour_is_a_function(root, file, function):
    tree = ast.parse((root / file).read_text())
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert function in names

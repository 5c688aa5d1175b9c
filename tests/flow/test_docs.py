"""The pages about flows and expressions are true: their examples compile, nothing is left out."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import nexus
from nexus.core.flow.compile import compile_plan
from nexus.core.flow.decision.check import check_table
from nexus.core.flow.decision.read import read_table
from nexus.core.flow.expr import compile_expr
from nexus.core.flow.functions import FUNCTIONS
from nexus.core.flow.language import kinds, unbuilt
from nexus.core.flow.loops import LOOPS
from nexus.core.flow.read import KINDS, read
from nexus.core.host.load import load

DOCS = Path(nexus.__file__).parent / "docs"
FLOWS, EXPRESSIONS = (DOCS / name for name in ("flows.md", "expressions.md"))
EXAMPLES = re.findall(r"```yaml\n(id: .*?)```", FLOWS.read_text(), re.DOTALL)
TABLES = re.findall(r"```yaml\n# [a-z-]+\n(id: .*?)```", FLOWS.read_text(), re.DOTALL)
DATA = re.findall(r"```yaml\n(id: .*?)```", (DOCS / "modules/data.md").read_text(), re.DOTALL)


def understood(source):
    tables = {table.id: table for table in map(read_table, TABLES)}
    return replace(read(source), tables=tables)


@pytest.fixture(scope="module")
def documented(catalog):
    """The catalog with the trigger that the pages start from."""
    issue = catalog.trigger("github.issue")
    names = {"type": "object", "properties": {"currency": {"type": "string"}}}
    demo = replace(issue, name="demo.payment_failed", input=names, output={})

    class Documented(type(catalog)):
        def trigger(self, name):
            return demo if name == demo.name else None

    return Documented()


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda source: source.split("\n")[0])
def test_every_example_compiles(source, documented):
    assert compile_plan(understood(source), documented, settings={}, version=1).ops


@pytest.mark.parametrize("source", TABLES, ids=lambda source: source.split("\n")[0])
def test_every_decision_table_shown_is_right(source):
    assert check_table(read_table(source)) == []


def test_the_page_about_data_is_true_and_names_every_action():
    catalog = load()
    for source in DATA:
        assert compile_plan(read(source), catalog, settings={}, version=1).ops
    page = (DOCS / "modules/data.md").read_text()
    names = {name for name in catalog.action_names() if name.startswith("data.")}
    assert set(re.findall(r"`(data\.\w+)`", page)) == names


def test_every_kind_that_is_built_has_an_example():
    used = {step.kind for source in EXAMPLES for step in read(source).do}
    assert used == set(KINDS)


def test_every_kind_that_is_not_built_is_named():
    missing = FLOWS.read_text().split("## Not built yet")[1].split("##")[0]
    assert all(f"`{name}`" in missing for name in unbuilt() | (set(kinds()) - set(KINDS)))


def test_every_function_is_documented_and_no_other():
    page = EXPRESSIONS.read_text().split("## Functions")[1].split("## What is checked")[0]
    table, loops = page.split("Loops over a list")
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)\(", row)}
    assert named == set(FUNCTIONS)
    assert set(re.findall(r"\.(\w+)\(", loops)) == set(LOOPS)


def test_the_expressions_shown_first_compile():
    block = EXPRESSIONS.read_text().split("```")[1]
    for line in block.strip().splitlines():
        assert compile_expr(line)

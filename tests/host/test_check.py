"""`nexus module check` finds each mistake; `nexus module new` makes none."""

import subprocess
import sys
from pathlib import Path

import pytest

from nexus.core.host import check, scaffold
from nexus.core.host.check import CHECKERS
from nexus.core.host.load import shipped
from nexus.core.model.problem import Refused

MODULES = sorted(manifest.parent for manifest in shipped().glob("*/module.yaml"))


@pytest.mark.parametrize("folder", MODULES, ids=lambda folder: folder.name)
def test_every_shipped_module_passes(folder):
    assert [str(problem) for problem in check(folder)] == []


def test_a_new_module_passes(tmp_path):
    files = scaffold("acme_crm", tmp_path)

    assert all(file.exists() for file in files)
    assert check(tmp_path / "acme_crm") == []


def test_a_new_modules_own_tests_pass(tmp_path):
    scaffold("acme_crm", tmp_path)

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "acme_crm"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "2 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["", "A", "Acme", "acme-crm", "1acme", "a", "x" * 41, "a/b", ".."])
def test_a_name_that_is_no_id_is_refused(name, tmp_path):
    with pytest.raises(Refused, match="cannot be a module's name"):
        scaffold(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    scaffold("acme", tmp_path)

    with pytest.raises(Refused, match="exists already"):
        scaffold("acme", tmp_path)
    with pytest.raises(Refused, match="comes with a module http"):
        scaffold("http", tmp_path)


MISTAKES = {
    "explains_itself": {"actions__py": ("        name: Whom to greet.\n", "        x: No.\n")},
    "has_samples": {"actions__py": ('{"text": "Hello, Ada!"}', '{"text": 1}')},
    "is_permitted_what_it_does": {"module__yaml": ("effects: [pure]", "effects: [pure, money]")},
    "moves_money_once": {
        "module__yaml": ("effects: [pure]", "effects: [money]"),
        "actions__py": ('effect="pure"', 'effect="money"'),
    },
    "names_its_events": {"triggers__py": ('type="acme.{body:type}"', 'type="{body:type}"')},
    "hides_secrets": {"module__yaml": ("          x-secret: true\n", "")},
    "imports_only_the_sdk": {
        "actions__py": ("import msgspec\n", "import msgspec\nfrom nexus.core import clock\n")
    },
    "has_tests": {"tests/test_acme__py": ("def test_", "def tested_")},
}
CODES = {
    "explains_itself": "no_help",
    "has_samples": "bad_sample",
    "is_permitted_what_it_does": "unused_permission",
    "moves_money_once": "unsafe_money",
    "names_its_events": "foreign_type",
    "hides_secrets": "open_secret",
    "imports_only_the_sdk": "closed_import",
    "has_tests": "no_tests",
}


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.__name__)
def test_each_checker_finds_its_mistake_and_says_what_to_do(checker, make_module):
    name = checker.__name__
    folder = make_module("acme", **MISTAKES[name])
    if name == "has_tests":
        (folder / "tests" / "test_acme.py").unlink()

    problems = check(folder)

    assert [problem.code for problem in problems] == [CODES[name]]
    assert problems[0].title and problems[0].hint and Path(problems[0].file).exists()


def test_a_module_that_does_not_load_is_reported_not_raised(make_module):
    folder = make_module("acme", init=("from nexus import Offer", "import no_such_library"))

    assert [problem.code for problem in check(folder)] == ["broken_module"]

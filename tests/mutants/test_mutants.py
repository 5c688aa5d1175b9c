"""A test that never fails proves nothing: each mutant breaks a promise, and its test must notice.

mutants.yaml lists them. Two run in `make test`, all of them in `make chaos`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TREES = ("core", "plugins", "schemas", "tests", "ui")
FILES = ("__init__.py", "app.py", "pyproject.toml")
ALL = yaml.safe_load((HERE / "mutants.yaml").read_text())
CHOSEN = [one for one in ALL if one.get("quick") or "NEXUS_CHAOS_ROUNDS" in os.environ]
FAILED = 1  # pytest's own words: tests ran and some of them failed

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("mutants")]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package, to be broken."""
    folder = tmp_path_factory.mktemp("copy") / "nexus"
    for tree in TREES:
        ignore = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / tree, folder / tree, ignore=ignore)
    for file in FILES:
        shutil.copy(ROOT / file, folder / file)
    return folder


def run(folder, *tests):
    """Run tests of the copy on the copy, and return how pytest ended and what it said."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_", "NEXUS_"))}
    env = {**kept, "PYTHONPATH": str(folder.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("mutant", ALL, ids=lambda one: one["name"])
def test_no_mutant_is_stale(mutant):
    assert (ROOT / mutant["file"]).read_text().count(mutant["text"]) == 1, (
        f"{mutant['file']} does not hold this text just once any more:\n{mutant['text']}"
    )
    file, _, name = mutant["test"].partition("::")
    assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(), mutant["test"]


def test_the_copy_is_what_the_tests_see_and_without_a_mutant_they_pass(copy):
    (copy / "core" / "seen.py").write_text("")
    seen = subprocess.run(
        [sys.executable, "-c", "import nexus.core.seen"],
        env={**os.environ, "PYTHONPATH": str(copy.parent)},
        cwd=copy,
        check=False,
    )
    assert seen.returncode == 0
    ended, said = run(copy, *sorted({one["test"] for one in CHOSEN}))
    assert ended == 0, said


@pytest.mark.parametrize("mutant", CHOSEN, ids=lambda one: one["name"])
def test_a_mutant_is_noticed(copy, mutant):
    file = copy / mutant["file"]
    whole = file.read_text()
    file.write_text(whole.replace(mutant["text"], mutant["by"]))
    try:
        ended, said = run(copy, mutant["test"])
    finally:
        file.write_text(whole)
    assert ended == FAILED, f"nobody noticed: {mutant['name']}\n{said}"

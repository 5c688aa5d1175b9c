"""The README's commands are all that a check of a change needs."""

import re
import stat


def targets(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z]+)\b", text))


def test_the_check_of_a_change_calls_only_what_the_readme_names(root):
    script = (root / ".ci" / "run").read_text()
    assert targets(script) == {"check", "test"}
    assert targets(script) <= targets((root / "README.md").read_text())


def test_every_command_that_the_readme_names_is_in_the_makefile(root):
    rules = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        assert re.findall(r"`make [a-z]+`", (root / page).read_text())
        assert targets((root / page).read_text()) <= rules


def test_scripts_can_be_run(root):
    for path in [root / ".ci" / "run", *(root / "bin").iterdir()]:
        assert path.stat().st_mode & stat.S_IXUSR, path.name

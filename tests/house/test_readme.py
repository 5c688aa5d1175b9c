"""What the README shows works."""

import re

import pytest

from nexus.core.flow.check import check
from nexus.core.flow.read import read
from nexus.core.host.load import load


def test_the_flow_in_the_readme_is_a_right_one(root):
    (source,) = re.findall(r"```yaml\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    assert check(read(source, "README.md"), load()) == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_to_a_file_leads_somewhere(root, page):
    links = re.findall(r"\]\(([^)#:]+)\)", (root / page).read_text())
    assert [link for link in links if not (root / link).exists()] == []


def test_the_readme_names_every_room(root):
    text = (root / "README.md").read_text()
    rooms = [path for path in (root / "core").iterdir() if (path / "__init__.py").exists()]
    assert [room.name for room in rooms if f"`core/{room.name}`" not in text] == []


def test_the_promises_stand_in_the_readme_word_for_word(root):
    text = " ".join((root / "README.md").read_text().split())
    promises = [
        "*Accepted events are never lost*: 2xx only after a durable commit.",
        "*Each step completes once in our records, and may be tried more than once.*",
        "*Money moves at most once; when the outcome cannot be known, Nexus stops and asks.*",
        "*A wait survives restarts and fires once, on time.*",
        "*A run finishes on the version it began with.*",
        "*A bad module parks runs; it never takes flows or the site down.*",
        "*Secrets never appear in pages, logs, runs, exports or backups.*",
        "*Redis can vanish at any moment: only latency is lost.*",
    ]
    assert [promise for promise in promises if promise not in text] == []

"""Decisions are numbered without a gap and each says what was tried."""

import re


def decisions(root):
    return sorted((root / "docs" / "decisions").glob("*.md"))


def test_decisions_are_numbered_from_one_without_a_gap(root):
    names = [path.name for path in decisions(root)]
    assert [name for name in names if not re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_a_decision_has_a_title_a_context_a_decision_and_what_was_tried(root):
    for path in decisions(root):
        text = path.read_text()
        number = int(path.name[:4])
        assert re.match(rf"# {number}\. \S", text), path.name
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "What was tried"], path.name

"""Every hook of the contract has a test and a paragraph in the docs; there are few of them."""

from pathlib import Path

import pytest

from nexus.core.host import hookspecs, load
from nexus.core.host.load import Host, shipped

HOOKS = [name for name in vars(hookspecs) if name.startswith(hookspecs.PREFIX)]
DOCS = shipped().parent / "docs" / "modules.md"


def test_nexus_module_gives_everything_that_a_module_offers(make_module):
    catalog = load([make_module("acme")])

    assert catalog.action("acme.greet") is not None
    assert catalog.trigger("acme.received") is not None


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test(hook):
    assert any(name.startswith(f"test_{hook}") for name in globals())


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_paragraph_in_the_docs(hook):
    assert f"### `{hook}()`" in DOCS.read_text("utf-8")
    assert getattr(hookspecs, hook).__doc__


def test_there_are_fewer_than_twelve_hooks():
    assert 0 < len(HOOKS) < 12


def test_pluggy_knows_exactly_these_hooks():
    known = [name for name in vars(Host().hook) if not name.startswith("_")]

    assert known == HOOKS


def test_calling_a_step_never_goes_through_pluggy():
    text = "".join(
        path.read_text("utf-8") for path in (Path(shipped()).parent / "core/run").glob("*.py")
    )

    assert "pluggy" not in text

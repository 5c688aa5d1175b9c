"""A whole installation on a real data folder, without a web server."""

import time

import pytest

from nexus.core.model.run import RunState


@pytest.fixture
def publish(nexus, owner):
    """Publish a document and return the path of its address, if it has one."""

    def publish(source, secret=""):
        row = nexus.flows.save(owner, source)
        hooks = nexus.flows.show(owner, row.id).hooks
        if secret:
            nexus.hooks.set_secret(owner, hooks[0].name, secret)
        nexus.flows.publish(owner, row.id)
        return hooks[0].path.removeprefix("/hooks/") if hooks else ""

    return publish


@pytest.fixture
def rest(nexus, owner):
    """Wait until a run is over and return it as its page shows it."""

    def rest(run_id, seconds=10):
        deadline = time.monotonic() + seconds
        row = nexus.runs.wait(owner, run_id, seconds)
        assert row.state.is_over or row.state is RunState.NEEDS_PERSON, row
        assert time.monotonic() < deadline
        return nexus.runs.show(owner, run_id)

    return rest

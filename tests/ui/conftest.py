"""A real installation with a few flows, and a browser's view of it."""

import re
from pathlib import Path

import pytest

from nexus.ui.web import create_web

FLOWS = sorted((Path(__file__).parent / "flows").glob("*.yaml"))


@pytest.fixture
def flows(nexus, owner):
    """Publish every flow of tests/ui/flows and turn it on."""
    for path in FLOWS:
        row = nexus.flows.save(owner, path.read_text(), path.name)
        nexus.flows.publish(owner, row.id)
        nexus.flows.turn(owner, row.id, True)
    return nexus.flows.list(owner)


@pytest.fixture
def web(nexus):
    return create_web(nexus, secret_key="k" * 40)


@pytest.fixture
def visitor(web):
    """A browser that has not signed in."""
    return web.test_client()


@pytest.fixture
def browser(web, nexus):
    """A browser that signed in by a one-time link."""
    client = web.test_client()
    assert client.post("/sign-in", data={"token": nexus.people.link()}).status_code == 303
    return client


@pytest.fixture
def token(browser):
    """The CSRF token that the pages of this session carry."""
    page = browser.get("/flows").text
    return re.search(r'X-CSRFToken&#34;: &#34;([^&]+)|X-CSRFToken": "([^"]+)', page).group(2)


@pytest.fixture
def finished(nexus, owner, flows):
    """The id of a run of the flow `order` that is over."""
    receipt = nexus.inbox.send(
        owner, "order", {"id": "A-1", "amount": 3000, "items": ["tea", "cups"]}
    )
    run_id = receipt.run_ids[0]
    assert nexus.runs.wait(owner, run_id, 10).state.is_over
    return run_id


@pytest.fixture
def shop(nexus, owner):
    """A connection with a secret."""
    values = {"base_url": "https://a.example", "secret": "Bearer canary-0123456789"}
    return nexus.connections.set(owner, "shop", "http", values)

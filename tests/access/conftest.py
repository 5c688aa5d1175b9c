"""An installation with somebody in every role, and a flow, a run and things to act upon."""

import json
import secrets
from pathlib import Path

import pytest

from nexus.app import create_app
from nexus.core.nexus import open_nexus
from nexus.core.people.roles import ROLES
from nexus.core.store import people as store
from nexus.core.store import sessions
from nexus.ui.doors import RATES, Doors

FLOWS = Path(__file__).parents[1] / "ui" / "flows"
OWN, OTHER = "acme", "umbrella"


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("access"))
    opened.start()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(nexus):
    rates = {
        **RATES,
        "sign-in": "100000/minute",
    }  # limits are proven elsewhere
    made = create_app(nexus, Doors(rates=rates))
    made.config["WTF_CSRF_ENABLED"] = False  # proven elsewhere; here it is about rights
    return made


@pytest.fixture(scope="module")
def cast(nexus):
    """Somebody in every role, by role."""
    for role in ROLES.values():
        client = OWN if role.for_client else None
        row = {"id": f"p-{role.id}", "name": role.title, "team": "north", "client": client}
        store.add_person(nexus.database, row | {"created": 1}, [role.id])
    return {role: f"p-{role}" for role in ROLES}


@pytest.fixture(scope="module")
def run_id(nexus):
    """A run that is over, of a published flow."""
    owner = nexus.people.console()
    source = FLOWS / "order.yaml"
    nexus.flows.save(owner, source.read_text(), source.name)
    nexus.flows.publish(owner, "order")
    receipt = nexus.inbox.send(owner, "order", {"id": "A-1", "amount": 3000, "items": ["tea"]})
    nexus.runs.wait(owner, receipt.run_ids[0], 10)
    return receipt.run_ids[0]


@pytest.fixture(scope="module")
def token_of(nexus):
    """Make a token with every scope there is, so that only its person's rights limit it."""

    def make(person: str, token_id: str = "") -> str:
        secret = f"nx_{secrets.token_hex(16)}"
        every = [".".join(pair) for pair in nexus.people.policy.table]
        row = {"id": token_id or secrets.token_hex(6), "person_id": person, "name": "test"}
        row |= {"scopes": json.dumps(every).encode(), "console": False, "created": 1}
        sessions.add_token(nexus.database, secret, expires=None, used=None, **row)
        return secret

    return make

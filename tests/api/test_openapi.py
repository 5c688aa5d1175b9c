"""The API is what its description says: the file is current, and answers fit it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from nexus.core.store.people import add_person
from nexus.ui import openapi
from nexus.ui.api.route import ROUTES

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
LIGHT = settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_committed_description_is_current():
    assert openapi.FILE.read_text() == openapi.text(), "run: python -m nexus.ui.openapi"


def test_every_route_is_described_with_words_and_errors():
    described = openapi.describe()
    for one in ROUTES:
        operation = described["paths"][one.path][one.method.lower()]
        assert operation["operationId"] == one.name
        assert operation["summary"].endswith(".")
        assert "default" in operation["responses"]


@pytest.fixture(scope="module")
def described(app, ask, greet, patient):
    assert ask("GET", "/openapi.json").json == openapi.describe()
    headers = {"Authorization": f"Bearer {ask.token}"}
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers=headers)


@pytest.fixture(scope="module")
def there(nexus, ask, described):
    """Things that exist, by the names that paths give them."""
    someone = {"id": "someone", "name": "Someone", "created": 1}
    add_person(nexus.database, someone, ["viewer"])
    body = {"module": "http", "values": {"base_url": "http://127.0.0.1:1"}}
    assert ask("PUT", "/connections/shop", json=body).status_code == 200
    table = "{id: tier, outputs: {a: {}}, rules: [{then: {a: 1}}]}"
    saved = ask("POST", "/decisions", data=table, content_type="application/yaml")
    assert saved.status_code == 200, saved.text
    (run_id,) = ask("POST", "/hooks/patient/events", json={}).json["run_ids"]
    return {
        "flow_id": "greet",
        "name": "patient",
        "module_id": "email",
        "table_id": "tier",
        "alias": "shop",
        "run_id": run_id,
        "person_id": "someone",
        "token_id": "none",
        "role": "viewer",
    }


@pytest.mark.parametrize("route", ROUTES, ids=[one.name for one in ROUTES])
def test_answers_fit_their_description(described, ask, there, route):
    headers = {"Authorization": f"Bearer {ask.token}"}

    @LIGHT
    @given(case=described[route.path][route.method].as_strategy(), known=booleans())
    def fits(case, known):
        if known:
            case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
        if route.name == "wait_for_run":
            case.query = {"timeout": 0.01}
        case.call_and_validate(headers=headers, checks=CHECKS)

    fits()

"""Every route, every role: who may is what the policy table says, and nothing else."""

import pytest

from nexus.core.people.policy import ALL, POLICY
from nexus.ui.api.route import ROUTES

RUN = "run_0000000000000"
FLOW = {"data": "id: roles\n", "content_type": "application/yaml"}
NEEDS = {
    "list_flows": ("flow", "read", "/flows", {}),
    "save_flow": ("flow", "save", "/flows", FLOW),
    "validate_flow": ("flow", "read", "/flows/validate", FLOW),
    "show_flow": ("flow", "read", "/flows/none", {}),
    "export_flow": ("flow", "read", "/flows/none/export", {}),
    "publish_flow": ("flow", "publish", "/flows/none/publish", {"json": {}}),
    "turn_flow": ("flow", "turn", "/flows/none/turn", {"json": {"on": True}}),
    "configure_flow": ("flow", "configure", "/flows/none/settings", {"json": {}}),
    "list_runs": ("run", "read", "/runs", {}),
    "show_run": ("run", "read", f"/runs/{RUN}", {}),
    "retry_run": ("run", "retry", f"/runs/{RUN}/retry", {}),
    "cancel_run": ("run", "cancel", f"/runs/{RUN}/cancel", {}),
    "wait_for_run": ("run", "read", f"/runs/{RUN}/wait", {}),
    "list_hooks": ("hook", "read", "/hooks", {}),
    "set_hook_secret": ("hook", "secret", "/hooks/none/secret", {"json": {"secret": "x"}}),
    "send_event": ("event", "send", "/hooks/none/events", {"json": {}}),
    "list_modules": ("module", "read", "/modules", {}),
    "show_module": ("module", "read", "/modules/none", {}),
    "list_connections": ("connection", "read", "/connections", {}),
    "show_connection": ("connection", "read", "/connections/none", {}),
    "set_connection": ("connection", "set", "/connections/none", {"json": {"module": "none"}}),
    "remove_connection": ("connection", "remove", "/connections/none", {}),
    "turn_connection": ("connection", "set", "/connections/none/turn", {"json": {"on": True}}),
    "test_connection": ("connection", "test", "/connections/none/test", {}),
    "show_keys": ("key", "read", "/keys", {}),
    "rotate_keys": ("key", "rotate", "/keys/rotate", {}),
    "make_token": ("token", "make", "/tokens", {"json": {"name": "x"}}),
    "list_audit": ("audit", "read", "/audit", {}),
    "verify_audit": ("audit", "read", "/audit/verify", {}),
    "doctor": ("connection", "read", "/doctor", {}),
    "whoami": (None, None, "/whoami", {}),
    "openapi": (None, None, "/openapi.json", {}),
}
CASES = [(one, role) for one in ROUTES for role in sorted(ALL)]


def test_every_route_stands_in_the_table():
    assert {one.name for one in ROUTES} == set(NEEDS)


@pytest.fixture(scope="module")
def callers(caller_of):
    return {role: caller_of(role) for role in ALL}


@pytest.mark.parametrize(
    ("route", "role"), CASES, ids=[f"{one.name}-{role}" for one, role in CASES]
)
def test_a_role_may_do_what_the_policy_says(callers, greet, route, role):
    resource, verb, path, more = NEEDS[route.name]
    answer = callers[role](route.method, path, **more)
    may = resource is None or role in POLICY[resource, verb]
    assert (answer.status_code != 403) is may, answer.text
    if not may:
        assert answer.json["code"] == "forbidden"
        assert role not in answer.json["expected"]
    assert answer.status_code < 500

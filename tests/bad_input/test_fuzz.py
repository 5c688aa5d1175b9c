"""Random bodies, headers and documents: refused or taken, never a fault."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus

QUICK = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
WORDS = (
    *("id", "x", "do", "trigger", "use", "core.webhook", "core.schedule", "call", "http.get"),
    *("with", "set", "switch", "for", "try", "catch", "wait", "raise", "if", "else", "retry"),
    *("times", "timeout", "settings", "type", "default", "event.data.x > 1", "{{ event.data }}"),
    *("{{", "3d", "0 9 * * *", "cron", "code", "message", "as", "at", "as", "until", "name", "key"),
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
    | st.sampled_from(WORDS)
)
KEYS = st.sampled_from(WORDS) | st.text("abz_é -", max_size=5)
TREES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)
BODIES = st.binary(max_size=200) | TREES.map(msgspec.json.encode) | st.text(max_size=80).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)  # fmt: skip
TYPES = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "text/plain", "application/a+json"]
)
VISIBLE = st.characters(min_codepoint=33, max_codepoint=255, blacklist_characters="\x7f")
HEADER = st.text(VISIBLE, min_size=1, max_size=40)


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("fuzz") / "data")
    yield opened
    opened.close()


@given(body=BODIES, kind=TYPES, header=HEADER)
@settings(max_examples=250, **QUICK)
def test_any_delivery_is_taken_or_refused(world, body, kind, header):
    headers = {"Idempotency_Key": header.encode("latin-1")}
    answer = world.deliver(body=body, Content_Type=kind, **headers)
    assert answer.status_code in (200, 202, 400, 413, 415, 422), answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


@given(source=BODIES | st.text("id:x-do{}[]&*!#\t\n \"'|>%@`,?0", max_size=60).map(str.encode))
@settings(max_examples=200, **QUICK)
def test_any_document_is_saved_or_refused(nexus, source):
    save(nexus, source)


@given(steps=st.lists(st.dictionaries(KEYS, TREES, min_size=1, max_size=2), min_size=1, max_size=3))
@settings(max_examples=200, **QUICK)
def test_any_steps_are_saved_or_refused(nexus, steps):
    named = [{f"s{number}": body} for number, body in enumerate(steps)]
    flow = {"id": "x", "trigger": [{"use": "core.webhook"}], "do": named}
    save(nexus, msgspec.json.encode(flow))


@given(expression=st.text("event.data steps()[]{}'\"!&|<>=+-*/%?:,0123", max_size=60))
@settings(max_examples=300, **QUICK)
def test_any_expression_is_saved_or_refused(nexus, expression):
    step = {"a": {"set": {"v": f"{{{{ {expression} }}}}"}, "if": expression}}
    save(nexus, msgspec.json.encode({"id": "x", "do": [step]}))


def save(nexus, source: bytes) -> None:
    try:
        nexus.flows.save(nexus.people.console(), source, "f.yaml")
    except Refused as refused:
        for problem in refused.problems:
            assert problem.title and problem.line

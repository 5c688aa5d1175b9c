"""GitHub: its own example bodies, signed, start exactly the triggers that are meant."""

import json
from pathlib import Path

import pytest

from nexus import Event
from nexus.core.host import load
from nexus.core.trigger.fields import dedupe, field, fill
from nexus.core.trigger.signature import sign, verify
from nexus.plugins.github.triggers import GITHUB

EXAMPLES = Path(__file__).parents[4] / "shared/specs/github/webhook-examples.subset.json"
CATALOG = load()
TRIGGERS = [CATALOG.trigger(name) for name in CATALOG.trigger_names() if name[:7] == "github."]
NARROW = {
    "github.ping": "github.ping",
    "github.issues.opened": "github.issue_opened",
    "github.issue_comment.created": "github.issue_comment_created",
    "github.pull_request.opened": "github.pull_request_opened",
    "github.push": "github.push",
}
without_examples = pytest.mark.skipif(
    not EXAMPLES.exists(), reason=f"GitHub's example bodies are not at {EXAMPLES}"
)


def examples():
    if not EXAMPLES.exists():
        return []
    groups = json.loads(EXAMPLES.read_text("utf-8"))
    return [(group["name"], body) for group in groups for body in group["examples"]]


def deliver(name: str, body: dict) -> Event:
    """Do what the webhook room does: verify the raw bytes, then read the fields."""
    raw = json.dumps(body).encode()
    headers = {"x-github-event": name, "x-github-delivery": "72d3162e"}
    headers |= {
        key.lower(): text for key, text in sign(GITHUB.scheme, "secret", headers, raw, 0).items()
    }
    verify(GITHUB.scheme, "secret", headers, raw, 0)
    return Event(
        id=1,
        source="/hooks",
        type=fill(GITHUB.type, headers, body),
        subject=field(GITHUB.subject, headers, body),
        time=0,
        received=0,
        data=body,
        dedupe=dedupe(GITHUB.dedupe, headers, body),
    )


def wanting(event: Event, **settings) -> list[str]:
    return [one.name for one in TRIGGERS if one.wants(event, settings)]


@without_examples
@pytest.mark.parametrize(("name", "body"), examples())
def test_an_example_of_github_starts_its_own_trigger_and_the_general_one(name, body):
    event = deliver(name, body)

    assert event.type == ".".join(part for part in ("github", name, body.get("action")) if part)
    assert event.dedupe == "72d3162e"
    assert event.subject == body["repository"]["full_name"]
    expected = ["github.event", *([NARROW[event.type]] if event.type in NARROW else [])]
    assert wanting(event) == sorted(expected)
    assert wanting(event, repository=body["repository"]["full_name"]) == sorted(expected)
    assert wanting(event, repository="some/other") == []


@without_examples
@pytest.mark.parametrize(("name", "body"), examples())
def test_an_example_of_github_fits_the_fields_that_the_editor_offers(name, body):
    import jsonschema_rs

    event = deliver(name, body)
    for trigger in TRIGGERS:
        if trigger.name != "github.event" and trigger.wants(event, {}):
            jsonschema_rs.validate(trigger.output, body)


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.name)
def test_a_sample_sent_as_a_test_event_starts_its_trigger(trigger):
    name = trigger.hook.sample_headers["X-GitHub-Event"]

    assert trigger.wants(deliver(name, trigger.sample), {})


def test_an_event_without_an_action_has_no_empty_end_in_its_type():
    assert deliver("push", {"ref": "refs/heads/main"}).type == "github.push"


def of(name: str):
    return CATALOG.trigger(f"github.{name}")


def test_an_issue_may_be_kept_to_a_label():
    event = deliver("issues", of("issue_opened").sample)

    assert of("issue_opened").wants(event, {"label": "bug"})
    assert not of("issue_opened").wants(event, {"label": "question"})


def test_a_push_may_be_kept_to_a_branch():
    event = deliver("push", of("push").sample)

    assert of("push").wants(event, {"branch": "main"})
    assert not of("push").wants(event, {"branch": "mai"})


def test_a_pull_request_may_be_kept_to_the_branch_it_goes_into():
    event = deliver("pull_request", of("pull_request_opened").sample)

    assert of("pull_request_opened").wants(event, {"base": "main"})
    assert not of("pull_request_opened").wants(event, {"base": "basket"})


def test_the_general_trigger_may_be_kept_to_a_type():
    event = deliver("issues", of("issue_opened").sample)

    assert of("event").wants(event, {"type": "issues"})
    assert of("event").wants(event, {"type": "issues.opened"})
    assert not of("event").wants(event, {"type": "issue"})
    assert not of("event").wants(event, {"type": "issues.closed"})


@pytest.mark.parametrize("data", [None, [], "x", {"issue": 1}, {"issue": {"labels": [1, None]}}])
def test_a_strange_body_starts_nothing_and_breaks_nothing(data):
    event = Event(
        id=1,
        source="s",
        type="github.issues.opened",
        subject="",
        time=0,
        received=0,
        data=data,
    )

    assert not of("issue_opened").wants(event, {"repository": "octo/shop"})
    assert not of("issue_opened").wants(event, {"label": "bug"})

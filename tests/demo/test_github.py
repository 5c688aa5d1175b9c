"""Real GitHub bodies, signed as GitHub signs them, start the demo's flow."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from nexus.core.model.problem import Refused
from nexus.core.model.run import RunState
from nexus.plugins.github import samples

SPECS = Path(__file__).parents[3] / "shared/specs/github/webhook-examples.subset.json"
SECRET = "it is a secret to everybody"


@pytest.fixture
def github(demo, owner):
    """Deliver a body as GitHub does; returns the receipt."""
    demo.hooks.set_secret(owner, "github-news", SECRET)
    path = demo.flows.show(owner, "github-news").hooks[0].path

    def deliver(kind, body, delivery="d-1", secret=SECRET):
        raw = json.dumps(body).encode()
        headers = {
            "content-type": "application/json",
            "x-github-event": kind,
            "x-github-delivery": delivery,
            "x-hub-signature-256": "sha256="
            + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest(),
        }
        return demo.inbox.receive(path.removeprefix("/hooks/"), headers, raw)

    return deliver


def samples_of_github():
    if not SPECS.exists():
        reason = "the published GitHub samples (../shared/specs) are not beside this checkout"
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=reason))]
    found = json.loads(SPECS.read_text())
    return [
        pytest.param(one["name"], body, id=f"{one['name']}-{number}")
        for one in found
        for number, body in enumerate(one["examples"])
    ]


@pytest.mark.parametrize(("kind", "body"), samples_of_github())
def test_every_published_sample_starts_a_run_that_ends_well(github, demo, owner, kind, body):
    receipt = github(kind, body)
    row = demo.runs.wait(owner, receipt.run_ids[0], 10)
    assert row.state is RunState.DONE, row


def opened(smtp_server):
    return [mail for mail in smtp_server.mails if "support@example.com" in mail.recipients]


def posts(http_sink):
    """The posts of this flow (the demo's own sample orders post there too)."""
    return [one for one in http_sink.requests if one.json["from"] == "GitHub"]


def test_an_opened_issue_is_mailed_and_posted(github, demo, owner, smtp_server, http_sink):
    receipt = github("issues", samples.ISSUE_OPENED)
    assert demo.runs.wait(owner, receipt.run_ids[0], 10).state is RunState.DONE
    (mail,), (post,) = opened(smtp_server), posts(http_sink)
    title = samples.ISSUE_OPENED["issue"]["title"]
    assert title in mail.message["subject"]
    assert mail.recipients == ["support@example.com"]
    assert post.json["text"] == f"New issue: {title}"


def test_a_delivery_that_github_repeats_sends_nothing_twice(
    github, demo, owner, smtp_server, http_sink
):
    first = github("issues", samples.ISSUE_OPENED, "same")
    demo.runs.wait(owner, first.run_ids[0], 10)
    again = github("issues", samples.ISSUE_OPENED, "same")
    assert again.repeat
    assert again.run_ids == first.run_ids
    assert len(opened(smtp_server)) == len(posts(http_sink)) == 1


def test_a_body_that_another_secret_signed_is_refused(github, demo, owner):
    with pytest.raises(Refused) as refused:
        github("issues", samples.ISSUE_OPENED, secret="somebody else's")
    assert refused.value.status == 401
    assert demo.runs.list(owner, flow_id="github-news").rows == []

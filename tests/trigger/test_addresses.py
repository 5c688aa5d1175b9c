"""An address reads one provider, and its secret is checked against how that provider signs."""

import pytest

from nexus.core.model.problem import Refused

FLOW = "id: {id}\ntrigger:\n{starts}do:\n  - keep: {{set: 1}}\n"


def document(name, *starts):
    lines = "".join(f"  - {{use: {use}, hook: {hook}}}\n" for use, hook in starts)
    return FLOW.format(id=name, starts=lines)


def refusal(act, *arguments):
    with pytest.raises(Refused) as caught:
        act(*arguments)
    return caught.value.problems[0]


def test_another_flow_cannot_take_an_address_for_another_provider(nexus, owner):
    nexus.flows.save(owner, document("first", ("github.push", "shared")))
    problem = refusal(nexus.flows.save, owner, document("second", ("core.webhook", "shared")))
    assert problem.title == "The address shared is already a github address of the flow first."
    assert (problem.code, problem.line) == ("address_taken", 3)


def test_one_flow_cannot_name_an_address_for_two_providers(nexus, owner):
    both = document("both", ("core.webhook_token", "in"), ("core.webhook_basic", "in"))
    problem = refusal(nexus.flows.save, owner, both)
    assert problem.title == "The address in is already a webhook_token address of this flow."
    assert problem.line == 4


def test_triggers_of_one_provider_and_a_person_share_an_address(nexus, owner):
    nexus.flows.save(owner, document("first", ("github.push", "in"), ("github.issue_opened", "in")))
    nexus.flows.save(owner, document("second", ("core.manual", "in"), ("github.push", "in")))
    (hook,) = nexus.flows.show(owner, "second").hooks
    assert hook.provider == "github"
    assert hook.signed


def test_a_person_named_first_does_not_open_a_signed_address(nexus, publish, owner):
    publish(document("one", ("core.manual", "in"), ("github.push", "in")), secret="s3cret")
    key = nexus.flows.show(owner, "one").hooks[0].path.removeprefix("/hooks/")
    assert refusal(nexus.inbox.receive, key, {}, b"{}").code == "signature_missing"


def test_a_live_version_holds_its_address_whatever_its_draft_became(nexus, publish, owner):
    publish(document("first", ("core.webhook", "shared")))
    nexus.flows.save(owner, document("first", ("core.webhook", "elsewhere")))
    problem = refusal(nexus.flows.save, owner, document("second", ("core.webhook_token", "shared")))
    assert "webhook address of the flow first" in problem.title


def test_a_flow_may_change_the_provider_of_its_own_address(nexus, publish, owner):
    publish(document("one", ("core.webhook", "one")))
    publish(document("one", ("core.webhook_token", "one")), secret="s3cret")
    assert nexus.flows.show(owner, "one").hooks[0].provider == "webhook_token"


@pytest.mark.parametrize(
    ("use", "secret", "says"),
    [
        ("core.webhook_standard", "whsec_not base64", "whsec_<base64>"),
        ("core.webhook_basic", "no colon", "user:password"),
        ("core.webhook_token", "schlüssel", "printable ASCII"),
    ],
)
def test_a_secret_that_cannot_work_is_refused_when_it_is_entered(nexus, owner, use, secret, says):
    nexus.flows.save(owner, document("one", (use, "one")))
    problem = refusal(nexus.hooks.set_secret, owner, "one", secret)
    assert (problem.code, problem.status) == ("secret_unusable", 422)
    assert says in problem.expected
    assert not nexus.flows.show(owner, "one").hooks[0].has_secret

"""What may happen in a repository. All share one hook: the address in GitHub's settings."""

from dataclasses import replace

from nexus import Event, Hook, Scheme, trigger
from nexus.plugins.github import payloads, samples

GITHUB = Hook(
    name="github",
    scheme=Scheme(kind="hmac", header="X-Hub-Signature-256", algorithm="sha256", prefix="sha256="),
    type="github.{header:X-GitHub-Event}.{body:action}",
    dedupe=("header:X-GitHub-Delivery",),
    subject="body:repository.full_name",
    sample_headers={"X-GitHub-Event": "issues"},
    form_field="payload",
)
HEADS = "refs/heads/"


def named(name: str) -> Hook:
    """Return GitHub's hook with the header that a sample of this event comes with."""
    return replace(GITHUB, sample_headers={"X-GitHub-Event": name})


@trigger(hook=GITHUB, data=payloads.Delivery, sample=samples.ISSUE_OPENED, title="Any event")
def event(event: Event, type_: str = "", repository: str = "") -> bool:
    """Start for whatever GitHub sends.

    Args:
        type_: Only this kind, like `issues.closed` or `release`; empty is any.
        repository: Only this repository, like octo/shop; empty is any.
    """
    kind = event.type.removeprefix("github.")
    right = not type_ or kind == type_ or kind.startswith(f"{type_}.")
    return right and _in_repository(event, repository)


@trigger(hook=named("ping"), types=("github.ping",), data=payloads.Ping, sample=samples.PING)
def ping(event: Event, repository: str = "") -> bool:
    """Start when GitHub tries a new webhook.

    Args:
        repository: Only this repository, like octo/shop; empty is any.
    """
    return _in_repository(event, repository)


@trigger(
    hook=named("issues"),
    types=("github.issues.opened",),
    data=payloads.IssueOpened,
    sample=samples.ISSUE_OPENED,
)
def issue_opened(event: Event, repository: str = "", label: str = "") -> bool:
    """Start when somebody opens an issue.

    Args:
        repository: Only this repository, like octo/shop; empty is any.
        label: Only issues with this label; empty is any.
    """
    return _in_repository(event, repository) and (not label or label in _labels(event))


@trigger(
    hook=named("issue_comment"),
    types=("github.issue_comment.created",),
    data=payloads.IssueCommentCreated,
    sample=samples.ISSUE_COMMENT_CREATED,
)
def issue_comment_created(event: Event, repository: str = "") -> bool:
    """Start when somebody comments on an issue or a pull request.

    Args:
        repository: Only this repository, like octo/shop; empty is any.
    """
    return _in_repository(event, repository)


@trigger(
    hook=named("pull_request"),
    types=("github.pull_request.opened",),
    data=payloads.PullRequestOpened,
    sample=samples.PULL_REQUEST_OPENED,
)
def pull_request_opened(event: Event, repository: str = "", base: str = "") -> bool:
    """Start when somebody opens a pull request.

    Args:
        repository: Only this repository, like octo/shop; empty is any.
        base: Only pull requests into this branch; empty is any.
    """
    right = not base or _at(event, "pull_request", "base", "ref") == base
    return right and _in_repository(event, repository)


@trigger(hook=named("push"), types=("github.push",), data=payloads.Push, sample=samples.PUSH)
def push(event: Event, repository: str = "", branch: str = "") -> bool:
    """Start when somebody pushes commits or tags.

    Args:
        repository: Only this repository, like octo/shop; empty is any.
        branch: Only this branch; empty is any branch or tag.
    """
    right = not branch or _at(event, "ref") == f"{HEADS}{branch}"
    return right and _in_repository(event, repository)


def _in_repository(event: Event, repository: str) -> bool:
    return not repository or _at(event, "repository", "full_name") == repository


def _at(event: Event, *path: str) -> object:
    value: object = event.data
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _labels(event: Event) -> list[object]:
    labels = _at(event, "issue", "labels")
    if not isinstance(labels, list):
        return []
    return [label.get("name") for label in labels if isinstance(label, dict)]

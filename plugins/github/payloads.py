"""The parts of GitHub's webhook bodies that flows use most; the rest is there at run time too."""

import msgspec


class User(msgspec.Struct):
    """A GitHub account.

    Attributes:
        login: Its name.
        html_url: Its page.
    """

    login: str
    html_url: str = ""


class Repository(msgspec.Struct):
    """A repository.

    Attributes:
        full_name: Owner and name, like octo/shop.
        html_url: Its page.
        private: True when only its members see it.
        default_branch: The branch that work comes together on.
    """

    full_name: str
    html_url: str = ""
    private: bool = False
    default_branch: str = ""


class Label(msgspec.Struct):
    """A label.

    Attributes:
        name: What it says.
    """

    name: str


class Issue(msgspec.Struct):
    """An issue.

    Attributes:
        number: Its number in the repository.
        title: Its title.
        html_url: Its page.
        user: Who opened it.
        state: open or closed.
        body: What it says; null when nothing.
        labels: Its labels.
    """

    number: int
    title: str
    html_url: str
    user: User
    state: str = "open"
    body: str | None = None
    labels: list[Label] = []


class Comment(msgspec.Struct):
    """A comment.

    Attributes:
        body: What it says.
        html_url: Its place on the page.
        user: Who wrote it.
    """

    body: str
    html_url: str
    user: User


class Branch(msgspec.Struct):
    """One side of a pull request.

    Attributes:
        ref: The branch.
        sha: Its newest commit.
    """

    ref: str
    sha: str


class PullRequest(msgspec.Struct):
    """A pull request.

    Attributes:
        number: Its number in the repository.
        title: Its title.
        html_url: Its page.
        user: Who opened it.
        head: The branch that brings the change.
        base: The branch that takes it.
        draft: True while it is not ready.
        body: What it says; null when nothing.
    """

    number: int
    title: str
    html_url: str
    user: User
    head: Branch
    base: Branch
    draft: bool = False
    body: str | None = None


class Author(msgspec.Struct):
    """Who made a commit or pushed it.

    Attributes:
        name: The name.
        email: The e-mail address; null when it is kept private.
    """

    name: str
    email: str | None = None


class Commit(msgspec.Struct):
    """A commit.

    Attributes:
        id: Its hash.
        message: What it says.
        url: Its page.
        author: Who made it.
    """

    id: str
    message: str
    url: str
    author: Author


class Delivery(msgspec.Struct):
    """Any delivery.

    Attributes:
        action: What happened to the thing; empty for events that have no action.
        repository: Where; null for events of a whole organisation.
        sender: Who did it.
    """

    action: str = ""
    repository: Repository | None = None
    sender: User | None = None


class Ping(msgspec.Struct):
    """GitHub's first call to a new webhook.

    Attributes:
        zen: A sentence.
        hook_id: The webhook's number at GitHub.
    """

    zen: str
    hook_id: int


class IssueOpened(msgspec.Struct):
    """A new issue."""

    action: str
    issue: Issue
    repository: Repository
    sender: User


class IssueCommentCreated(msgspec.Struct):
    """A new comment on an issue or pull request."""

    action: str
    comment: Comment
    issue: Issue
    repository: Repository
    sender: User


class PullRequestOpened(msgspec.Struct):
    """A new pull request."""

    action: str
    number: int
    pull_request: PullRequest
    repository: Repository
    sender: User


class Push(msgspec.Struct):
    """Commits that were pushed.

    Attributes:
        ref: What was pushed, like refs/heads/main.
        before: The commit before.
        after: The commit now.
        compare: The page that shows the change.
        commits: The new commits, 20 at most.
        pusher: Who pushed.
        repository: Where.
    """

    ref: str
    before: str
    after: str
    compare: str
    commits: list[Commit]
    pusher: Author
    repository: Repository

"""One small body for each trigger, as the editor and "send a test event" use it."""

from typing import Any

USER = {"login": "ada", "html_url": "https://github.com/ada"}
REPOSITORY = {
    "full_name": "octo/shop",
    "html_url": "https://github.com/octo/shop",
    "private": False,
    "default_branch": "main",
}
ISSUE = {
    "number": 7,
    "title": "The basket forgets its last item",
    "html_url": "https://github.com/octo/shop/issues/7",
    "user": USER,
    "state": "open",
    "body": "Add two items, go back, and only one is left.",
    "labels": [{"name": "bug"}],
}
WHERE: dict[str, Any] = {"repository": REPOSITORY, "sender": USER}

PING: dict[str, Any] = {"zen": "Keep it simple.", "hook_id": 1234, **WHERE}
ISSUE_OPENED = {"action": "opened", "issue": ISSUE, **WHERE}
ISSUE_COMMENT_CREATED = {
    "action": "created",
    "issue": ISSUE,
    "comment": {
        "body": "I can see it too.",
        "html_url": "https://github.com/octo/shop/issues/7#issuecomment-1",
        "user": {"login": "grace", "html_url": "https://github.com/grace"},
    },
    **WHERE,
}
PULL_REQUEST_OPENED = {
    "action": "opened",
    "number": 8,
    "pull_request": {
        "number": 8,
        "title": "Keep every item in the basket",
        "html_url": "https://github.com/octo/shop/pull/8",
        "user": USER,
        "head": {"ref": "basket", "sha": "8f0c2f0a6d1b4c55a3f7"},
        "base": {"ref": "main", "sha": "1d2e3f4a5b6c7d8e9f00"},
        "draft": False,
        "body": "Closes issue 7.",
    },
    **WHERE,
}
PUSH = {
    "ref": "refs/heads/main",
    "before": "1d2e3f4a5b6c7d8e9f00",
    "after": "8f0c2f0a6d1b4c55a3f7",
    "compare": "https://github.com/octo/shop/compare/1d2e3f4a...8f0c2f0a",
    "commits": [
        {
            "id": "8f0c2f0a6d1b4c55a3f7",
            "message": "Keep every item in the basket",
            "url": "https://github.com/octo/shop/commit/8f0c2f0a6d1b4c55a3f7",
            "author": {"name": "Ada", "email": "ada@example.com"},
        }
    ],
    "pusher": {"name": "ada", "email": "ada@example.com"},
    **WHERE,
}

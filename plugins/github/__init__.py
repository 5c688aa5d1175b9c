"""GitHub: webhooks of repositories and organisations."""

from nexus import Offer
from nexus.plugins.github import triggers


def nexus_module() -> list[Offer]:
    """Return what this module offers."""
    return [
        triggers.event,
        triggers.issue_comment_created,
        triggers.issue_opened,
        triggers.ping,
        triggers.pull_request_opened,
        triggers.push,
    ]

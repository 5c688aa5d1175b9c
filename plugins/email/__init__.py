"""E-mail: send messages through a mail server, or into a folder while trying things out."""

from nexus import Offer
from nexus.plugins.email import actions, trial


def nexus_module() -> list[Offer]:
    """Return what this module offers."""
    return [actions.send, trial.smtp]

"""Basics: webhooks of any sender, timetables, starting by hand, notes and the clock."""

from nexus import Offer
from nexus.plugins.core import actions, triggers


def nexus_module() -> list[Offer]:
    """Return what this module offers."""
    return [
        actions.note,
        actions.now,
        triggers.event,
        triggers.manual,
        triggers.run_failed,
        triggers.schedule,
        triggers.webhook,
        triggers.webhook_basic,
        triggers.webhook_standard,
        triggers.webhook_token,
    ]

"""What a module imports, gathered; the root package re-exports these names as the public SDK."""

from nexus.core.model.action import Hook, Scheme
from nexus.core.model.event import Event
from nexus.core.sdk.context import Answer, Context, HttpClient
from nexus.core.sdk.offer import Offer, OfferedAction, OfferedTrigger, action, trigger
from nexus.core.sdk.probe import OfferedTest, connection_test
from nexus.core.sdk.trouble import BadConnection, NeedsPerson, Refuse, Retry, Trouble

__all__ = [
    "Answer",
    "BadConnection",
    "Context",
    "Event",
    "Hook",
    "HttpClient",
    "NeedsPerson",
    "Offer",
    "OfferedAction",
    "OfferedTest",
    "OfferedTrigger",
    "Refuse",
    "Retry",
    "Scheme",
    "Trouble",
    "action",
    "connection_test",
    "trigger",
]

"""Nexus: a low-code rules and workflow builder. This file is the public SDK for modules."""

from nexus.core.sdk import (
    Answer,
    BadConnection,
    Context,
    Event,
    Hook,
    HttpClient,
    NeedsPerson,
    Offer,
    Refuse,
    Retry,
    Scheme,
    Trouble,
    action,
    connection_test,
    trigger,
)

__all__ = [
    "Answer",
    "BadConnection",
    "Context",
    "Event",
    "Hook",
    "HttpClient",
    "NeedsPerson",
    "Offer",
    "Refuse",
    "Retry",
    "Scheme",
    "Trouble",
    "action",
    "connection_test",
    "trigger",
]

"""Nexus: a low-code rules and workflow builder. This file is the public SDK for modules."""

from nexus.core.sdk import (
    Answer,
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
    trigger,
)

__all__ = [
    "Answer",
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
    "trigger",
]

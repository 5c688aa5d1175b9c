"""The whole contract between core and a module's code: one hook.

An action is not a hook, it is data in the list that the hook returns; so calling a step never
goes through pluggy.
"""

import pluggy

from nexus.core.sdk import Offer

PROJECT = "nexus"
PREFIX = "nexus_"
spec = pluggy.HookspecMarker(PROJECT)


@spec
def nexus_module() -> list[Offer]:
    """Return every action and trigger that the module offers."""
    raise NotImplementedError  # a specification: pluggy never calls it

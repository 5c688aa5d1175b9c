"""HTTP: call any web API."""

from nexus import Offer
from nexus.plugins.http import actions, trial


def nexus_module() -> list[Offer]:
    """Return what this module offers."""
    return [
        actions.delete,
        actions.get,
        actions.patch,
        actions.post,
        actions.put,
        actions.request,
        trial.api,
        trial.oauth,
    ]

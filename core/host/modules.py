"""The module verbs: list what is active and what is broken."""

from nexus.core.host.catalog import LoadedCatalog
from nexus.core.model.actor import Actor
from nexus.core.model.view import ModuleRow
from nexus.core.people.policy import allow


class Modules:
    """Everything that can be asked of modules."""

    def __init__(self, catalog: LoadedCatalog) -> None:
        self._catalog = catalog

    def list(self, actor: Actor) -> list[ModuleRow]:
        """Return every module, broken ones with the reason."""
        allow(actor, "module", "read")
        return self._catalog.modules()

"""Compiled plans, one per version, kept for the life of the process."""

import threading

import msgspec

from nexus.core.flow.compile import compile_plan
from nexus.core.flow.decision.shelf import with_kept
from nexus.core.flow.plan import Plan
from nexus.core.flow.read import read
from nexus.core.model.action import Catalog
from nexus.core.store import flows as store
from nexus.core.store.database import Database


class Plans:
    """Finds plans by version id."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._known: dict[int, Plan] = {}
        self._lock = threading.Lock()

    def find(self, version_id: int) -> Plan:
        """Return a version's plan.

        Raises:
            Refused: A module that the version needs is not active.
        """
        plan = self._known.get(version_id)
        if plan is None:
            with self._lock:
                plan = self._known[version_id] = self._compile(version_id)
        return plan

    def live(self) -> list[int]:
        """Return the ids of the versions that new runs take."""
        return [row.id for row in store.live_versions(self._database)]

    def _compile(self, version_id: int) -> Plan:
        row = store.find_version(self._database, version_id)
        if row is None:
            raise LookupError(f"version {version_id} is not in the database")
        return compile_plan(
            with_kept(read(row.source, f"{row.flow_id}.yaml"), row.tables),
            self._catalog,
            settings=msgspec.json.decode(row.settings),
            version=row.number,
            version_id=version_id,
        )

"""Find the flow that another one runs, so that what it takes and gives can be checked."""

from nexus.core.flow.decision.shelf import with_kept, with_present
from nexus.core.flow.read import read
from nexus.core.model.flow import Flow
from nexus.core.model.problem import Refused
from nexus.core.store import flows as store
from nexus.core.store.database import Database


def find_known(database: Database, flow_id: str) -> Flow | None:
    """Return what is live of a flow, else its draft, with the tables that it decides by."""
    row, file = store.find_flow(database, flow_id), f"{flow_id}.yaml"
    if row is None:
        return None
    live = store.find_version(database, row.live) if row.live else None
    try:
        if live is not None:
            return with_kept(read(live.source, file), live.tables)
        return with_present(read(row.draft, file), database)
    except Refused:
        return None

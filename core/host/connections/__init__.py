"""Connections: what a module needs to reach its provider. Secrets go in and never come out."""

from nexus.core.host.connections.connections import About, Connections
from nexus.core.host.manifest import ConnectionKind

__all__ = ["About", "ConnectionKind", "Connections"]

"""Connections: what a module needs to reach its provider. Secrets go in and never come out."""

from nexus.core.host.connections.connections import Connections
from nexus.core.host.connections.wanted import About
from nexus.core.host.manifest import ConnectionKind

__all__ = ["About", "ConnectionKind", "Connections"]

"""Modules: finding, reading, loading, checking and making them. pluggy lives only here."""

from nexus.core.host.catalog import LoadedCatalog, Module
from nexus.core.host.check import check
from nexus.core.host.load import load
from nexus.core.host.manifest import ConnectionKind, Manifest, read_manifest
from nexus.core.host.scaffold import scaffold

__all__ = [
    "ConnectionKind",
    "LoadedCatalog",
    "Manifest",
    "Module",
    "check",
    "load",
    "read_manifest",
    "scaffold",
]

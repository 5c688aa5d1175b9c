"""What the active modules add to the policy table: role templates, rights, and who has them."""

from collections.abc import Iterable, Mapping
from typing import Any

from nexus.core.host.catalog import LoadedCatalog
from nexus.core.host.manifest import Manifest
from nexus.core.model.actor import Pair
from nexus.core.people.policy import Policy
from nexus.core.people.roles import ROLES, Role
from nexus.core.people.table import Rule

ALWAYS: Mapping[str, Any] = {"owner": "all", "admin": "all"}


def policy_of(catalog: LoadedCatalog) -> Policy:
    """Return the policy of an installation with these modules."""
    found = (catalog.manifest(module) for module in catalog.module_names())
    manifests = [manifest for manifest in found if manifest is not None]
    rules = {pair: rule for one in manifests for pair, rule in _rules(one)}
    return Policy(rules, [role for one in manifests for role in _roles(one)])


def unknown_roles(manifest: Manifest) -> list[str]:
    """Return the roles that a manifest grants something to and that nobody describes."""
    named = {role for grants in manifest.grants.values() for role in grants}
    return sorted(named - ROLES.keys() - manifest.roles.keys())


def _roles(manifest: Manifest) -> Iterable[Role]:
    for name, about in manifest.roles.items():
        yield Role(id=f"{manifest.id}.{name}", **about)


def _rules(manifest: Manifest) -> Iterable[tuple[Pair, Rule]]:
    for pair, grants in manifest.grants.items():
        resource, _, verb = pair.partition(".")
        named = {
            f"{manifest.id}.{role}" if role in manifest.roles else role: scope
            for role, scope in grants.items()
        }
        yield (f"{manifest.id}.{resource}", verb), Rule({**named, **ALWAYS})

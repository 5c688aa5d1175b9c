"""Modules: pluggy, manifests, the catalog of actions and triggers, connections."""

"""Frozen shapes that every room speaks in; no I/O lives here."""

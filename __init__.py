"""Nexus: a low-code rules and workflow builder. This file is the public SDK for modules."""

"""A flow from YAML to a compiled plan: read, check, compile; expressions and templates."""

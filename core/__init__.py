"""The engine: no web framework, no module names. Rooms import downward only (see pyproject)."""

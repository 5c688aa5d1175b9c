"""Pages (HTMX), REST API and CLI: read the request, call core, render."""

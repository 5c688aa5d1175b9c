"""What this site is called from outside, and which addresses are its own."""

from typing import Any
from urllib.parse import urlsplit

from flask import request

from nexus.ui.door import is_local, nexus


def host() -> str:
    """Return the site's name, to which passkeys are bound."""
    return urlsplit(origin()).hostname or ""


def origin() -> str:
    """Return the site's whole address: as it was set, else as it was asked for."""
    site: Any = nexus().post.site
    return site.url or request.host_url.rstrip("/")


def inside(text: str) -> str:
    """Return a path of ours, and `/` for everything that could lead elsewhere."""
    return text if is_local(text) else "/"

"""The one outgoing client. Everything that leaves the house by HTTP or SMTP is checked here.

`Http` is made once; `Http.bind` gives each step a `BoundClient` that may reach public addresses
and what the connection's owner opened, and nothing else.
"""

from nexus.core.http.answer import Response
from nexus.core.http.client import BoundClient, Http
from nexus.core.http.guard import Rules, read_allow

__all__ = ["BoundClient", "Http", "Response", "Rules", "read_allow"]

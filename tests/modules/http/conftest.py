"""The real HTTP servers of the client's own tests."""

from nexus.tests.http.conftest import canary, make_server, server

__all__ = ["canary", "make_server", "server"]

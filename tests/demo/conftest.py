"""The demo, planted in a fresh installation, with real servers at its far ends."""

import pytest

from nexus.ui.seed import plant


@pytest.fixture
def demo(nexus, owner, smtp_server, http_sink):
    assert plant(nexus, owner, "demo", "http://127.0.0.1:9")
    port = http_sink.url.rpartition(":")[2]
    nexus.connections.set(
        owner, "team-chat", "http", {"base_url": http_sink.url}, [f"127.0.0.1:{port}"]
    )
    mail = {"host": smtp_server.host, "port": smtp_server.port, "tls": "none", "from": "n@x.org"}
    allow = [f"127.0.0.1:{smtp_server.port}"]
    nexus.connections.set(owner, "outbox", "email", mail, allow)
    return nexus

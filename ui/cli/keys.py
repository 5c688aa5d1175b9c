"""`nexus keys`: which master key is in use, and a new one for every secret."""

import threading
from typing import Any

from nexus.ui.cli.client import Client
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import count, gauge

LOOK = 0.1


@cli.group()
def keys() -> None:
    """Work with the master keys that seal every secret."""


@command(keys)
def show(console: Console) -> None:
    """Say which key is in use; no key is ever shown itself."""
    with console.client() as client:
        row = client.get("/keys")
    text = f"The key {row['current']} is in use; {count(row['total'], 'text')} sealed."
    console.show(row, text)


@command(keys)
def rotate(console: Console) -> None:
    """Seal every secret with a new key, in one transaction.

    It may be interrupted: every secret still opens, and rotating again finishes it.
    """
    with console.client() as client:
        row = _watched(client)
    text = f"{count(row['done'], 'text')} sealed with the new key {row['current']}."
    console.show(row, text)


def _watched(client: Client) -> Any:
    """Ask for the rotation; show how far it is while somebody looks."""
    said: list[Any] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            said.append(client.post("/keys/rotate"))
        except Exception as error:  # noqa: BLE001 - it is raised where the command stands
            failed.append(error)

    work = threading.Thread(target=ask)
    work.start()
    with gauge("Sealing") as show_progress:
        while work.is_alive():
            work.join(LOOK)
            show_progress(lambda: client.get("/keys"))
    if failed:
        raise failed[0]
    return said[0]

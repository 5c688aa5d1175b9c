"""Serve the API inside this process, while no server works on the data folder."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nexus.core.model.actor import Actor
from nexus.core.model.problem import Problem, Refused
from nexus.core.nexus import Nexus, open_nexus
from nexus.core.redact import RedactingFormatter
from nexus.core.store.backend import is_installed
from nexus.core.store.lock import lock_folder
from nexus.ui.api import CONSOLE

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from nexus.ui.cli.console import CreateApp, Missing

LOG = "cli.log"


class InProcess:
    """Calls the web application without a socket, as the console."""

    def __init__(self, app: "Flask", actor: Actor) -> None:
        self._client: FlaskClient = app.test_client()
        self._console = {CONSOLE: actor}

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        """Call the application."""
        answer = self._client.open(
            path, method=method, headers=headers, data=body, environ_overrides=self._console
        )
        return answer.status_code, answer.data


@contextmanager
def place(folder: Path, missing: "Missing") -> Iterator[Path]:
    """Return the folder to open, after what `missing` says where no installation is.

    Raises:
        Refused: There is none, and the command is not one that makes it.
    """
    if is_installed(folder) or missing == "make":
        yield folder
    elif missing == "spare":
        with TemporaryDirectory(prefix="nexus-") as spare:
            yield Path(spare)
    else:
        raise Refused(_nothing_there(folder))


@contextmanager
def opened(folder: Path, create_app: "CreateApp", *, drive: bool) -> Iterator[InProcess]:
    """Open the installation for one command; `drive` lets its runs go on meanwhile.

    Raises:
        Refused: Another Nexus works on the folder, or the folder cannot be opened.
    """
    with lock_folder(folder):
        nexus = open_nexus(folder)
        try:
            if drive:
                nexus.start()
            with _logged(folder, nexus):
                yield InProcess(create_app(nexus), nexus.people.console())
        finally:
            nexus.close()


def _nothing_there(folder: Path) -> Problem:
    return Problem(
        code="no_installation",
        title=f"There is no Nexus data in {folder}.",
        status=404,
        hint="nexus serve and nexus flow import make it; --data names another folder.",
    )


@contextmanager
def _logged(folder: Path, nexus: Nexus) -> Iterator[None]:
    """Keep faults in a file: the terminal gets their reference only."""
    log, handler = logging.getLogger("nexus"), logging.FileHandler(folder / LOG, delay=True)
    handler.setFormatter(RedactingFormatter(nexus.redactor))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()

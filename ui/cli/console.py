"""What every command has: the data folder, a client of the API, and a way to show answers."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

import click

from nexus.ui.cli.client import Client
from nexus.ui.doors import Doors

if TYPE_CHECKING:
    from flask import Flask

    from nexus.core.nexus import Nexus

Missing = Literal["refuse", "make", "spare"]
Serve = Callable[[Path, int, bool, Doors, bool], None]
CreateApp = Callable[["Nexus"], "Flask"]
AS_JSON = click.Option(["--json", "as_json"], is_flag=True, help="Answer in JSON.")
DATA = click.Option(
    ["--data"],
    type=click.Path(path_type=Path, file_okay=False),
    help="The data folder; else $NEXUS_DATA, else ./data.",
)
P = ParamSpec("P")
R = TypeVar("R")
FOUND = 3


@dataclass
class Console:
    """One call of the command line. `serve` and `create_app` come from the composition root."""

    serve: Serve
    create_app: CreateApp
    folder: Path = field(default=Path("data"))
    as_json: bool = False

    @contextmanager
    def client(self, *, drive: bool = False, missing: Missing = "refuse") -> Iterator[Client]:
        """Open the installation's API: that of the running server, or one in this process.

        `drive` says that runs should go on meanwhile; without a server, listing things must not
        send anybody's e-mail. `missing` says what to do where no installation is: refuse, make
        it, or use a spare one that is gone afterwards.

        Raises:
            Refused: Another command works on the folder, or the server does not answer.
        """
        from nexus.ui.cli.beside import find_server  # noqa: PLC0415 - quick start of --help
        from nexus.ui.cli.offline import opened, place  # noqa: PLC0415 - the whole engine

        server = find_server(self.folder)
        if server is not None:
            yield Client(server)
            return
        with (
            place(self.folder, missing) as folder,
            opened(folder, self.create_app, drive=drive) as transport,
        ):
            yield Client(transport, offline=True)

    def show(self, answer: Any, text: str) -> None:
        """Print an answer: as JSON when asked for, else the text made from it."""
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False) if self.as_json else text)


def command(
    group: click.Group, name: str | None = None, **options: Any
) -> Callable[[Callable[Concatenate[Console, P], R]], click.Command]:
    """Add a function to a group as a command with `--json` and `--data`; it gets the console."""

    def decorate(function: Callable[Concatenate[Console, P], R]) -> click.Command:
        @wraps(function)
        def inner(as_json: bool, data: Path | None, *args: P.args, **kwargs: P.kwargs) -> R:
            console = click.get_current_context().find_object(Console)
            assert console is not None  # run() hands one in
            console.as_json = as_json
            console.folder = data or console.folder
            return function(console, *args, **kwargs)

        made = group.command(name, **options)(inner)
        made.params += [AS_JSON, DATA]
        return made

    return decorate

"""Files that are written by hand, flows and decision tables: save them, check them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.client import read_problem
from nexus.ui.cli.console import FOUND, Console
from nexus.ui.cli.root import tell
from nexus.ui.cli.screen import count, follow

FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True),
)


def save(
    console: Console, path: str, files: tuple[Path, ...], line: Callable[[dict[str, Any]], str]
) -> None:
    """Send each file to where its kind is kept; one that is wrong stops no other.

    Raises:
        Refused: Something is wrong in at least one; all problems are named.
    """
    saved: list[dict[str, Any]] = []
    wrong: list[Problem] = []
    with console.client(missing="make") as client:
        for file in follow(files, "Importing"):
            try:
                saved.append(client.document(path, file.read_bytes(), str(file)))
            except Refused as refused:
                wrong.extend(refused.problems)
    if saved or not wrong:
        console.show(saved, "\n".join(map(line, saved)))
    if wrong:
        raise Refused(*wrong)


def check(console: Console, path: str, files: tuple[Path, ...], word: str) -> None:
    """Name what is wrong in the files and end with 3 if anything is; nothing is kept."""
    found: list[dict[str, Any]] = []
    with console.client(missing="spare") as client:
        for file in follow(files, "Checking"):
            found += client.document(f"{path}/validate", file.read_bytes(), str(file))["problems"]
    if not console.as_json:
        tell(*(read_problem(one) for one in found))
    text = f"{count(len(files), word)} checked, {count(len(found), 'problem')} found."
    console.show({"problems": found}, text)
    if found:
        raise click.exceptions.Exit(FOUND)

"""`nexus module`: new, check, list. The first two need no installation."""

from pathlib import Path

import click

from nexus.ui.cli.console import FOUND, Console, command
from nexus.ui.cli.root import cli, tell
from nexus.ui.cli.screen import count, table


@cli.group()
def module() -> None:
    """Work with modules."""


@command(module)
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to make it in; else the present one.",
)
def new(console: Console, name: str, into: Path) -> None:
    """Make a module that passes its check, ready to be changed."""
    from nexus.core.host.scaffold import scaffold  # noqa: PLC0415 - quick start of --help

    written = [str(path) for path in scaffold(name, into)]
    console.show(
        {"files": written}, "\n".join([*written, f"Next: nexus module check {into / name}"])
    )


@command(module)
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
def check(console: Console, folders: tuple[Path, ...]) -> None:
    """Check module folders; exit 3 when something is wrong. Their code is run."""
    from nexus.core.host.check import check as examine  # noqa: PLC0415 - quick start of --help

    found = [problem for folder in folders for problem in examine(folder)]
    if not console.as_json:
        tell(*found)
    text = f"{count(len(folders), 'module')} checked, {count(len(found), 'problem')} found."
    console.show({"problems": [problem.as_dict() for problem in found]}, text)
    if found:
        raise click.exceptions.Exit(FOUND)


@command(module, "list")
def list_(console: Console) -> None:
    """List every module, broken ones with the reason."""
    with console.client(missing="spare") as client:
        page = client.get("/modules")
    rows = [
        (row["id"], row["version"], row["state"], (row["problems"] or [row["summary"]])[0])
        for row in page["rows"]
    ]
    console.show(page, table(("id", "version", "state", "about"), rows, "No modules."))

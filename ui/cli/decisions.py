"""`nexus decision`: import, validate, list, show."""

from pathlib import Path

import click

from nexus.ui.cli.client import at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.documents import FILES, check, save
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import count, moment, table


@cli.group()
def decision() -> None:
    """Work with decision tables."""


@command(decision, "import")
@FILES
def import_(console: Console, files: tuple[Path, ...]) -> None:
    """Save decision tables (YAML or JSON); flows take them at their next publish."""
    save(
        console,
        "/decisions",
        files,
        lambda row: f"Saved {row['id']}, {count(row['rules'], 'rule')}.",
    )


@command(decision)
@FILES
def validate(console: Console, files: tuple[Path, ...]) -> None:
    """Check decision tables; exit 3 when something is wrong. Nothing is kept."""
    check(console, "/decisions", files, "table")


@command(decision, "list")
def list_(console: Console) -> None:
    """List every decision table."""
    with console.client() as client:
        page = client.get("/decisions")
    rows = [
        (row["id"], row["name"], row["hit"], row["rules"], ", ".join(row["inputs"]),
         ", ".join(row["outputs"]), moment(row["changed"]))
        for row in page["rows"]
    ]  # fmt: skip
    heads = ("id", "name", "hit", "rules", "inputs", "outputs", "changed")
    console.show(page, table(heads, rows, "No decision tables yet: nexus decision import FILE"))


@command(decision)
@click.argument("table_id", metavar="ID")
def show(console: Console, table_id: str) -> None:
    """Print a decision table as it was written."""
    with console.client() as client:
        view = client.get(at("decisions", table_id))
    console.show(view, view["source"].removesuffix("\n"))

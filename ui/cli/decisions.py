"""`nexus decision`: import, validate, list, show."""

from pathlib import Path
from typing import Any

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.client import at, read_problem
from nexus.ui.cli.console import FOUND, Console, command
from nexus.ui.cli.flows import FILES
from nexus.ui.cli.root import cli, tell
from nexus.ui.cli.screen import count, follow, moment, table


@cli.group()
def decision() -> None:
    """Work with decision tables."""


@command(decision, "import")
@FILES
def import_(console: Console, files: tuple[Path, ...]) -> None:
    """Save decision tables (YAML or JSON); flows take them at their next publish."""
    saved: list[Any] = []
    wrong: list[Problem] = []
    with console.client(missing="make") as client:
        for file in follow(files, "Importing"):
            try:
                saved.append(client.document("/decisions", file.read_bytes(), str(file)))
            except Refused as refused:
                wrong.extend(refused.problems)
    lines = [f"Saved {row['id']}, {count(row['rules'], 'rule')}." for row in saved]
    if saved or not wrong:
        console.show(saved, "\n".join(lines))
    if wrong:
        raise Refused(*wrong)


@command(decision)
@FILES
def validate(console: Console, files: tuple[Path, ...]) -> None:
    """Check decision tables; exit 3 when something is wrong. Nothing is kept."""
    found: list[dict[str, Any]] = []
    with console.client(missing="spare") as client:
        for file in follow(files, "Checking"):
            path = "/decisions/validate"
            found += client.document(path, file.read_bytes(), str(file))["problems"]
    if not console.as_json:
        tell(*(read_problem(one) for one in found))
    text = f"{count(len(files), 'table')} checked, {count(len(found), 'problem')} found."
    console.show({"problems": found}, text)
    if found:
        raise click.exceptions.Exit(FOUND)


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

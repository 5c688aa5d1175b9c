"""`nexus flow`: import, export, validate, publish, list, turn, set."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.client import Client, at, read_problem
from nexus.ui.cli.console import FOUND, Console, command
from nexus.ui.cli.pairs import read_pairs
from nexus.ui.cli.root import cli, tell
from nexus.ui.cli.screen import count, follow, moment, table

FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True),
)


@cli.group()
def flow() -> None:
    """Work with flows."""


@command(flow, "import")
@FILES
def import_(console: Console, files: tuple[Path, ...]) -> None:
    """Save flow documents (YAML or JSON) as drafts."""
    saved: list[Any] = []
    wrong: list[Problem] = []
    with console.client(missing="make") as client:
        for file in follow(files, "Importing"):
            try:
                saved.append(client.document("/flows", file.read_bytes(), str(file)))
            except Refused as refused:
                wrong.extend(refused.problems)
    lines = [f"Saved {row['id']} as a draft: nexus flow publish {row['id']}" for row in saved]
    if saved or not wrong:
        console.show(saved, "\n".join(lines))
    if wrong:
        raise Refused(*wrong)


@command(flow)
@click.argument("flow_id", metavar="ID")
@click.option("--version", type=click.IntRange(min=1), help="A published version, not the draft.")
def export(console: Console, flow_id: str, version: int | None) -> None:
    """Print a flow's document as it was written."""
    with console.client() as client:
        source = client.text(at("flows", flow_id, "export"), version=version)
    answer = {"id": flow_id, "version": version, "source": source}
    console.show(answer, source.removesuffix("\n"))


@command(flow)
@FILES
def validate(console: Console, files: tuple[Path, ...]) -> None:
    """Check flow documents; exit 3 when something is wrong. Nothing is kept."""
    with console.client(missing="spare") as client:
        found = [one for file in follow(files, "Checking") for one in _check(client, file)]
    if not console.as_json:
        tell(*(read_problem(one) for one in found))
    text = f"{count(len(files), 'flow')} checked, {count(len(found), 'problem')} found."
    console.show({"problems": found}, text)
    if found:
        raise click.exceptions.Exit(FOUND)


def _check(client: Client, file: Path) -> Iterable[dict[str, Any]]:
    answer = client.document("/flows/validate", file.read_bytes(), str(file))
    problems: list[dict[str, Any]] = answer["problems"]
    return problems


@command(flow)
@click.argument("flow_id", metavar="ID")
@click.option("--note", default="", help="Why it is published.")
def publish(console: Console, flow_id: str, note: str) -> None:
    """Make the draft a version that new runs take."""
    with console.client() as client:
        version = client.post(at("flows", flow_id, "publish"), {"note": note})
    if not console.as_json:
        tell(*(read_problem(one) for one in version["hints"]))
    console.show(version, f"Published {flow_id} as version {version['number']}.")


@command(flow, "list")
def list_(console: Console) -> None:
    """List every flow."""
    with console.client() as client:
        page = client.get("/flows")
    rows = [
        (row["id"], row["name"], row["live"], _standing(row), row["starts"], moment(row["last"]))
        for row in page["rows"]
    ]
    heads = ("id", "name", "version", "state", "starts by", "last run")
    console.show(page, table(heads, rows, "No flows yet: nexus flow import FILE"))


def _standing(row: dict[str, Any]) -> str:
    if row["live"] is None:
        return "draft"
    return ("on" if row["enabled"] else "off") + (", draft differs" if row["changed"] else "")


@command(flow)
@click.argument("flow_id", metavar="ID")
@click.argument("way", type=click.Choice(["on", "off"]))
def turn(console: Console, flow_id: str, way: str) -> None:
    """Turn a published flow on or off; runs under way go on either way."""
    with console.client() as client:
        row = client.post(at("flows", flow_id, "turn"), {"on": way == "on"})
    console.show(row, f"{flow_id} is {way}.")


@command(flow, "set")
@click.argument("flow_id", metavar="ID")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE...")
def set_(console: Console, flow_id: str, pairs: tuple[str, ...]) -> None:
    """Fill in settings of a flow; they hold from the next publish on."""
    values = read_pairs(pairs)
    with console.client() as client:
        settings = client.get(at("flows", flow_id))["settings"] | values
        client.put(at("flows", flow_id, "settings"), settings)
    console.show(settings, f"Set. To make it hold: nexus flow publish {flow_id}")

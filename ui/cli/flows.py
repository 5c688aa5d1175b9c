"""`nexus flow`: import, export, validate, publish, list, turn, set."""

from pathlib import Path
from typing import Any

import click

from nexus.ui.cli.client import at, read_problem
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.documents import FILES, check, save
from nexus.ui.cli.pairs import read_pairs
from nexus.ui.cli.root import cli, tell
from nexus.ui.cli.screen import moment, table


@cli.group()
def flow() -> None:
    """Work with flows."""


@command(flow, "import")
@FILES
def import_(console: Console, files: tuple[Path, ...]) -> None:
    """Save flow documents (YAML or JSON) as drafts."""
    line = "Saved {id} as a draft: nexus flow publish {id}"
    save(console, "/flows", files, lambda row: line.format(**row))


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
    check(console, "/flows", files, "flow")


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

"""`nexus audit`: list, export, verify."""

import json
from collections.abc import Iterator
from typing import Any

import click

from nexus.ui.cli.client import Client
from nexus.ui.cli.console import FOUND, Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import moment, table

MOST = 200
COLUMNS = ("seq", "at", "by", "says", "action", "object", "via", "ip")
FILTERS = (
    click.Option(["--actor"], help="Only what this person's id did."),
    click.Option(
        ["--action"], help="Only this action, like flow.publish, or flow for all of them."
    ),
    click.Option(["--text"], help="Only rows whose object or names hold this text."),
    click.Option(["--since"], help="From this day or time on (UTC)."),
    click.Option(["--until"], help="Up to this day or time (UTC)."),
)


@cli.group()
def audit() -> None:
    """See who did what, and check that nobody changed the log."""


@command(audit, "list")
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True)
@click.option("--cursor", help="The cursor of the page before.")
def list_(console: Console, /, limit: int, cursor: str | None, **filters: str | None) -> None:
    """List who did what, newest first."""
    with console.client() as client:
        page = client.get("/audit", limit=limit, cursor=cursor, **filters)
    rows = [(row["seq"], moment(row["at"]), row["says"], _door(row)) for row in page["rows"]]
    more = f"\nMore: --cursor {page['cursor']}" if page["cursor"] else ""
    console.show(page, table(("row", "time", "what", "from"), rows, "Nothing found.") + more)


@command(audit)
@click.option("--format", "form", type=click.Choice(("csv", "json")), default="csv")
def export(console: Console, /, form: str, **filters: str | None) -> None:
    """Print every row that fits, as CSV or as one JSON object a line."""
    from nexus.ui.deeds import lines  # noqa: PLC0415 - quick start of --help

    with console.client() as client:
        rows = _all(client, filters)
        if form == "json" or console.as_json:
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False))
            return
        cells = ([str(row[name]) for name in COLUMNS] for row in rows)
        for line in lines(cells, COLUMNS):
            click.echo(line, nl=False)


@command(audit)
def verify(console: Console) -> None:
    """Check the whole chain and its anchors; exit 3 and name the first bad row."""
    with console.client() as client:
        verdict = client.get("/audit/verify")
    console.show(verdict, verdict["says"])
    if not verdict["fine"]:
        raise click.exceptions.Exit(FOUND)


for one in (list_, export):
    one.params += FILTERS


def _all(client: Client, filters: dict[str, str | None]) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = client.get("/audit", limit=MOST, cursor=cursor, **filters)
        yield from page["rows"]
        if (cursor := page["cursor"]) is None:
            return


def _door(row: dict[str, Any]) -> str:
    return f"{row['via']} {row['ip']}".strip()

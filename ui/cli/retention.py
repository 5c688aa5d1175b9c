"""`nexus retention` and `nexus flow expect`: what is kept for how long, and what goes silent."""

import re
import sys
import time
from typing import Any

import click

from nexus.ui.cli.client import at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.flows import flow
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import table

LOOK = 0.2
SIZE = re.compile(r"(\d+)\s*(B|KB|MB|GB|TB)?", re.IGNORECASE)
UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
TIME = re.compile(r"(\d+)([mhd])")
SECONDS = {"m": 60, "h": 3600, "d": 86_400}


class Size(click.ParamType[int]):
    """Bytes as people write them: `500MB`, `2GB`; `none` is 0."""

    name = "size"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Read the text."""
        if value == "none":
            return 0
        found = SIZE.fullmatch(str(value))
        if not found:
            self.fail(f"{value!r} is not a size like 500MB or 2GB, or none.", param, ctx)
        return int(found[1]) * UNITS[(found[2] or "B").upper()]


@cli.group()
def retention() -> None:
    """Say for how long finished runs are kept, and how large the data may grow."""


@command(retention)
def show(console: Console) -> None:
    """Say what is kept, and how much there is."""
    with console.client() as client:
        row = client.get("/retention")
    console.show(row, _told(row))


@command(retention, "set")
@click.option(
    "--days", type=int, help="Keep finished runs for so many days; 0 with --flow: as all."
)
@click.option("--flow", "flow_id", help="Only this flow's runs.")
@click.option("--budget", type=Size(), help="The most that the data may take: 500MB, 2GB, none.")
def set_(console: Console, days: int | None, flow_id: str | None, budget: int | None) -> None:
    """Change what is kept; the daily sweep sees to it, or: nexus retention sweep."""
    if days is None and budget is None:
        raise click.UsageError("Say what to change: --days or --budget.")
    with console.client() as client:
        row = client.patch("/retention", {"days": days, "budget": budget, "flow": flow_id})
    console.show(row, _told(row))


@command(retention)
def sweep(console: Console) -> None:
    """Remove now what is over and too old, and give the room back to the disk."""
    with console.client() as client:
        row = client.post("/retention/sweep")
        while row["sweep"]["stage"]:
            time.sleep(LOOK)
            row = client.get("/retention")
            _draw(row["sweep"])
    done = row["sweep"]
    text = f"Removed {done['runs']:,} runs and {done['events']:,} events; "
    console.show(row, f"{text}{done['freed']:,} bytes given back.\n{_told(row)}")


@command(flow)
@click.argument("flow_id", metavar="ID")
@click.argument("often", metavar="EVERY|never|learn")
def expect(console: Console, flow_id: str, often: str) -> None:
    """Say how often a flow starts at least (90m, 12h, 7d), so that silence is noticed."""
    words: dict[str, int | None] = {"never": 0, "learn": None}
    seconds = words[often] if often in words else _seconds(often)
    with console.client() as client:
        row = client.put(at("flows", flow_id, "expected"), {"seconds": seconds})
    told = {0: "is never missed", None: "is missed after twice its longest pause"}
    after = told.get(row["seconds"], f"is missed after {often}")
    console.show(row, f"{flow_id} {after}.")


def _draw(done: dict[str, Any]) -> None:
    """Say on stderr how far the sweep is, while somebody looks."""
    if sys.stderr.isatty():
        says = f"\r{done['stage'] or 'done':<8} {done['runs']:,} runs, {done['events']:,} events "
        click.echo(says, nl=not done["stage"], err=True)


def _seconds(text: str) -> int:
    found = TIME.fullmatch(text)
    if not found:
        raise click.BadParameter(f"{text!r} is not a time like 90m, 12h or 7d, never or learn.")
    return int(found[1]) * SECONDS[found[2]]


def _told(row: dict[str, Any]) -> str:
    budget = f"{row['budget']:,} bytes at most" if row["budget"] else "no budget"
    head = f"Finished runs are kept {row['days']} days; the data takes {row['file_bytes']:,} bytes"
    lines = table(("flow", "days"), list(row["flows"].items()), "")
    return f"{head}, {budget}." + (f"\n{lines}" if lines else "")

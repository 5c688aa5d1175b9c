"""`nexus run`: list, show, retry, cancel, undo, wait."""

import json
from typing import Any

import click

from nexus.ui.cli.client import at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import follow, moment, state, table

STATES = ("ready", "running", "waiting", "needs_person", "done", "failed", "cancelled", "undone")
SETTLED = ("done", "failed", "cancelled", "undone", "needs_person")
SETTLE = 10.0


@cli.group()
def run() -> None:
    """Work with runs."""


@command(run, "list")
@click.option("--flow", help="Only runs of this flow.")
@click.option("--state", "word", type=click.Choice(STATES), help="Only runs in this state.")
@click.option("--text", help="Only runs whose key or subject holds this text.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--cursor", help="The cursor of the page before.")
def list_(
    console: Console,
    flow: str | None,
    word: str | None,
    text: str | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List runs, newest first."""
    with console.client() as client:
        page = client.get("/runs", flow=flow, state=word, text=text, limit=limit, cursor=cursor)
    rows = [
        (row["id"], row["flow_id"], row["state"], row["key"], moment(row["started"]), _stopped(row))
        for row in page["rows"]
    ]
    heads = ("id", "flow", "state", "key", "started", "stopped at")
    shown = table(heads, rows, "No runs found.")
    more = f"\nMore: --cursor {page['cursor']}" if page["cursor"] else ""
    console.show(page, shown + more)


def _stopped(row: dict[str, Any]) -> str:
    return f"{row['step']}: {row['fault']['message']}" if row["fault"] else ""


@command(run)
@click.argument("run_id", metavar="ID")
def show(console: Console, run_id: str) -> None:
    """Show a run with every step."""
    with console.client() as client:
        view = client.get(at("runs", run_id))
    steps = [
        ("  " * one["depth"] + one["id"], one["turn"], one["state"], _tries(one), _outcome(one))
        for one in view["steps"]
    ]
    shown = table(("step", "turn", "state", "tries", "outcome"), steps, "No steps yet.")
    console.show(view, f"{_head(view)}\n\n{shown}")


def _head(view: dict[str, Any]) -> str:
    row, event = view["row"], view["event"]
    fault = f"\n{_fault(row['fault'])}" if row["fault"] else ""
    until = f" until {moment(row['due'])}" if row["due"] else ""
    began = f"Began {moment(row['started'])} by {event['type']} ({event['id']})"
    return (
        f"{row['id']} of {row['flow_id']} version {row['version']}: "
        f"{state(row['state'])}{until}\n{began}{fault}"
    )


def _fault(fault: dict[str, Any]) -> str:
    return " ".join(filter(None, (fault["message"], fault.get("hint"))))


def _tries(step: dict[str, Any]) -> int | None:
    return len(step["attempts"]) or None


def _outcome(step: dict[str, Any]) -> str:
    if step["fault"]:
        return str(step["fault"]["message"])
    if step["output"] is None:
        return ""
    text = json.dumps(step["output"], ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


@command(run)
@click.argument("run_id", metavar="ID")
def retry(console: Console, run_id: str) -> None:
    """Let a failed or doubtful run go on from the step where it stopped."""
    with console.client(drive=True) as client:
        row = client.post(at("runs", run_id, "retry"))
        if client.offline:
            (row,) = client.settle([run_id], SETTLE)
    console.show(row, f"{run_id} goes on: {state(row['state'])}.")


@command(run)
@click.argument("run_id", metavar="ID")
def cancel(console: Console, run_id: str) -> None:
    """Stop a run that is not over; what it has done stays done."""
    with console.client() as client:
        row = client.post(at("runs", run_id, "cancel"))
    console.show(row, f"{run_id} is {state(row['state'])}.")


@command(run)
@click.argument("run_id", metavar="ID")
@click.option("--preview", is_flag=True, help="Only say what would be taken back.")
def undo(console: Console, run_id: str, preview: bool) -> None:
    """Take back what a run did, newest first, as far as its steps say how."""
    with console.client(drive=not preview) as client:
        if preview:
            plan = client.get(at("runs", run_id, "undo"))
            rows = [(one["title"], one["turn"], one["says"]) for one in plan["rows"]]
            heads = ("step", "turn", "what becomes of it")
            console.show(plan, table(heads, rows, "This run did nothing outside."))
            return
        row = client.post(at("runs", run_id, "undo"))
        if client.offline:
            (row,) = client.settle([run_id], SETTLE)
    console.show(row, f"{run_id} takes back what it did: {state(row['state'])}.")


@command(run)
@click.argument("run_id", metavar="ID")
@click.option("--timeout", type=click.IntRange(1, 86_400), default=60, show_default=True)
def wait(console: Console, run_id: str, timeout: int) -> None:
    """Wait until a run is over or needs a person; exit 1 unless it is done."""
    with console.client(drive=True) as client:
        for _ in follow(range(timeout), "Waiting"):
            row = client.get(at("runs", run_id, "wait"), timeout=1)
            if row["state"] in SETTLED:
                break
    console.show(row, f"{run_id} is {state(row['state'])}.")
    if row["state"] != "done":
        raise click.exceptions.Exit(1)

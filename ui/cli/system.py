"""`nexus serve`, `sign-in-link` and `doctor`."""

from typing import Any

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.console import FOUND, Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import state

DEFAULT_URL = "http://127.0.0.1:8000"


@command(cli)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--demo", is_flag=True, help="Load three flows and sample events at first.")
def serve(console: Console, port: int, demo: bool) -> None:
    """Serve pages, API and webhooks on 127.0.0.1, and run flows."""
    console.serve(console.folder, port, demo)


@command(cli)
def sign_in_link(console: Console) -> None:
    """Print a link that signs the owner in, once, within 15 minutes."""
    from nexus.core.clock import SystemClock  # noqa: PLC0415 - quick start of --help
    from nexus.core.people.people import People  # noqa: PLC0415
    from nexus.core.store.database import Database  # noqa: PLC0415
    from nexus.ui.cli.beside import find_server  # noqa: PLC0415

    server = find_server(console.folder)
    if server is None:
        raise Refused(_nobody_serves(console))
    database = Database(console.folder)
    try:
        token = People(database, SystemClock()).link()
    finally:
        database.close()
    link = f"{server.url}/sign-in?token={token}"
    console.show({"url": link}, link)


@command(cli)
def doctor(console: Console) -> None:
    """Look for what needs attention; exit 3 when something does."""
    found = examine(console)
    console.show({"findings": found}, "\n".join(_line(one) for one in found))
    if any(one["state"] == "attention" for one in found):
        raise click.exceptions.Exit(FOUND)


def examine(console: Console) -> list[dict[str, Any]]:
    """Ask the installation; when it cannot be opened, look at the machine only."""
    from nexus.core.doctor import examine_machine  # noqa: PLC0415 - quick start of --help
    from nexus.ui.cli.beside import find_server  # noqa: PLC0415

    server = find_server(console.folder)
    if server is None and not (console.folder / "nexus.db").exists():
        return [_as_dict(one) for one in examine_machine(console.folder)]
    says = f"It runs at {server.url} (process {server.pid})." if server else "It does not run."
    state_of_server = {"what": "server", "state": "fine", "says": says, "hint": ""}
    try:
        with console.client() as client:
            return [state_of_server, *client.get("/doctor")["findings"]]
    except Refused as refused:
        machine = [_as_dict(one) for one in examine_machine(console.folder)]
        return [*machine, *(_refusal(problem) for problem in refused.problems)]


def _as_dict(finding: Any) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in ("what", "state", "says", "hint")}


def _refusal(problem: Problem) -> dict[str, Any]:
    return {
        "what": "installation",
        "state": "attention",
        "says": problem.title,
        "hint": problem.hint,
    }


def _line(one: dict[str, Any]) -> str:
    hint = f"\n{'':26}{one['hint']}" if one["hint"] else ""
    gap = " " * (11 - len(one["state"]))
    return f"{one['what']:<14} {state(one['state'])}{gap}{one['says']}{hint}"


def _nobody_serves(console: Console) -> Problem:
    return Problem(
        code="not_running",
        title=f"No Nexus runs on {console.folder}, so a link would lead nowhere.",
        hint="Start it, and it prints a link: nexus serve",
    )

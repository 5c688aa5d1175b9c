"""`nexus serve`, `sign-in-link` and `doctor`."""

import os
import re
from typing import Any

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.console import FOUND, Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import state
from nexus.ui.doors import HOME, RATES, Doors

LIMITS = ", ".join(f"{door}={rate}" for door, rate in RATES.items())
RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)")
DEFAULT_URL = "http://127.0.0.1:8000"


@command(cli)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--demo", is_flag=True, help="Load three flows and sample events at first.")
@click.option("--host", default=HOME, envvar="NEXUS_HOST", show_default=True, show_envvar=True)
@click.option(
    "--behind-proxy",
    "proxies",
    type=click.IntRange(0, 9),
    default=0,
    envvar="NEXUS_TRUSTED_PROXIES",
    show_envvar=True,
    help="How many proxies of yours stand in front; else no X-Forwarded header is believed.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    envvar="NEXUS_LIMITS",
    show_envvar=True,
    metavar="DOOR=RATE",
    help=f"The most that one sender may ask, like {LIMITS}.",
)
@click.option(
    "--log",
    type=click.Choice(("text", "json")),
    default="text",
    envvar="NEXUS_LOG",
    show_default=True,
    show_envvar=True,
    help="How to tell what happens: lines for people, or one JSON object each.",
)
@click.option("--no-worker", is_flag=True, help="Leave running flows to `nexus worker`.")
def serve(
    console: Console,
    /,
    port: int,
    demo: bool,
    host: str,
    limits: tuple[str, ...],
    no_worker: bool,
    **more: Any,
) -> None:
    """Serve pages, API and webhooks on 127.0.0.1, and run flows."""
    doors = Doors(host=host, rates=read_rates(limits), **more)
    if no_worker and not os.environ.get("NEXUS_DATABASE"):
        raise Refused(_no_worker())
    console.serve(console.folder, port, demo, doors, not no_worker)


@command(cli)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many to run; one that ends is started again.",
)
def worker(console: Console, processes: int) -> None:
    """Run flows beside servers and other workers that share a PostgreSQL database."""
    from nexus.ui.work import work  # noqa: PLC0415 - quick start of --help

    work(console.folder, processes)


def read_rates(texts: tuple[str, ...]) -> dict[str, str]:
    """Read `door=count/unit` over the rates that hold anyway."""
    rates = dict(RATES)
    for text in texts:
        door, _, rate = text.partition("=")
        if door not in RATES or not RATE.fullmatch(rate):
            raise click.BadParameter(f"{text!r} is not one like {LIMITS}.", param_hint="--limit")
        rates[door] = rate
    return rates


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
    from nexus.core.store.backend import is_installed  # noqa: PLC0415
    from nexus.ui.cli.beside import find_server  # noqa: PLC0415

    server = find_server(console.folder)
    if server is None and not is_installed(console.folder):
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


def _no_worker() -> Problem:
    return Problem(
        code="not_shared",
        title="Without a worker beside it nothing would run: SQLite is for one process alone.",
        expected="NEXUS_DATABASE=postgresql://user:password@host:5432/name",
        hint="Leave out --no-worker, or move to PostgreSQL (docs/scale.md).",
    )


def _nobody_serves(console: Console) -> Problem:
    return Problem(
        code="not_running",
        title=f"No Nexus runs on {console.folder}, so a link would lead nowhere.",
        hint="Start it, and it prints a link: nexus serve",
    )

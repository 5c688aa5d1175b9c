"""The command line: every verb goes through the REST API, beside a server or in this process."""

from nexus.ui.cli import (  # noqa: F401 - importing them adds their commands
    audit,
    connections,
    decisions,
    events,
    flows,
    hooks,
    keys,
    modules,
    people,
    retention,
    runs,
    system,
    upkeep,
)
from nexus.ui.cli.console import Console, CreateApp, Serve
from nexus.ui.cli.root import cli

__all__ = ["Console", "cli", "run"]


def run(serve: Serve, create_app: CreateApp) -> None:
    """Run the command line; the composition root says how to serve and to make the application."""
    cli(prog_name="nexus", obj=Console(serve, create_app))

"""`nexus hook`: list addresses, set the secret that their sender signs with."""

import sys

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.client import at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import table


@cli.group()
def hook() -> None:
    """Work with the addresses that flows listen at."""


@command(hook, "list")
def list_(console: Console) -> None:
    """List every address that a flow names."""
    with console.client() as client:
        page = client.get("/hooks")
    rows = [(row["name"], row["path"], row["provider"], _signed(row)) for row in page["rows"]]
    heads = ("name", "path", "sender", "signed")
    console.show(page, table(heads, rows, "No flow listens at an address."))


def _signed(row: dict[str, bool]) -> str:
    if not row["signed"]:
        return "no"
    return "yes" if row["has_secret"] else "yes, its secret is missing"


@command(hook)
@click.argument("name")
def secret(console: Console, name: str) -> None:
    """Set the secret that the sender signs with; it is asked for, or read from standard input."""
    value = read_secret("Secret")
    with console.client() as client:
        client.put(at("hooks", name, "secret"), {"secret": value})
    console.show({"name": name, "has_secret": True}, f"{name} has its secret.")


def read_secret(what: str) -> str:
    """Ask for a secret without showing it; read standard input when nobody can be asked.

    Raises:
        Refused: Nothing came.
    """
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    if value := sys.stdin.read().strip():
        return value
    title, hint = "No secret came on standard input.", "Type it when asked, or pipe it in."
    raise Refused(Problem(code="no_secret", title=title, hint=hint))

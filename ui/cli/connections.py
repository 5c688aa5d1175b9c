"""`nexus connection`: list them, set one. Secrets never stand on the command line."""

import sys
from typing import IO, Any

import click

from nexus.ui.cli.client import Client, at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.pairs import read_pairs
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import moment, table


@cli.group()
def connection() -> None:
    """Work with connections: what modules need to reach their providers."""


@command(connection, "list")
def list_(console: Console) -> None:
    """List every connection, without its secrets."""
    with console.client() as client:
        page = client.get("/connections")
    rows = [
        (row["alias"], row["module"], ", ".join(row["allow"]), moment(row["changed"]))
        for row in page["rows"]
    ]
    heads = ("alias", "module", "private networks", "changed")
    console.show(page, table(heads, rows, "No connections yet."))


@command(connection, "set")
@click.argument("alias")
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--module", required=True, help="The module that it belongs to.")
@click.option(
    "--allow",
    multiple=True,
    metavar="CIDR",
    help="A private network it may reach, like 10.0.0.0/8 or 127.0.0.1/32.",
)
@click.option(
    "--secret-file",
    type=click.File("r"),
    help="Where the secrets stand, a line each: name=value. - is standard input.",
)
def set_(
    console: Console,
    alias: str,
    pairs: tuple[str, ...],
    module: str,
    allow: tuple[str, ...],
    secret_file: IO[str] | None,
) -> None:
    """Keep a connection; all of its values are replaced. Secrets are asked for."""
    values = read_pairs(pairs)
    with console.client(missing="make") as client:
        secrets = _secret_names(client, module)
        _check_open(values, secrets)
        values |= _read_secrets(secret_file) if secret_file else _ask_secrets(secrets)
        body = {"module": module, "values": values, "allow": [*allow]}
        row = client.put(at("connections", alias), body)
    console.show(row, f"The connection {alias} is set.")


def _secret_names(client: Client, module: str) -> list[str]:
    kinds = client.get(at("modules", module))["connections"]
    fields: dict[str, Any] = kinds[0]["fields"]["properties"] if kinds else {}
    return [name for name, schema in fields.items() if schema.get("x-secret")]


def _check_open(values: dict[str, Any], secrets: list[str]) -> None:
    for name in values:
        if name in secrets:
            where = "leave it out and it is asked for, or use --secret-file"
            raise click.UsageError(f"{name} is a secret: never write it here; {where}.")


def _read_secrets(file: IO[str]) -> dict[str, str]:
    """Read `name=value` lines; a value stays the text it is."""
    found = {}
    for line in file.read().splitlines():
        name, sign, value = line.partition("=")
        if line.strip() and not sign:
            raise click.UsageError("A line of the secret file is not written name=value.")
        if sign:
            found[name.strip()] = value.strip()
    return found


def _ask_secrets(names: list[str]) -> dict[str, str]:
    """Ask for each secret; an empty answer leaves it out. Without a terminal nobody is asked."""
    if not sys.stdin.isatty():
        return {}
    asked = {
        name: click.prompt(name, hide_input=True, default="", show_default=False, err=True)
        for name in names
    }
    return {name: value for name, value in asked.items() if value}

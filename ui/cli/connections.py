"""`nexus connection`: list, set, test, turn, remove. Secrets never stand on the command line."""

import sys
from datetime import datetime
from typing import IO, Any

import click

from nexus.ui.cli.client import Client, at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.pairs import read_pairs
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import moment, state, table


@cli.group()
def connection() -> None:
    """Work with connections: what modules need to reach their providers."""


@command(connection, "list")
def list_(console: Console) -> None:
    """List every connection, without its secrets."""
    with console.client() as client:
        page = client.get("/connections")
    rows = [
        (
            row["name"],
            f"{row['module']}.{row['kind']}",
            row["health"] if row["enabled"] else "off",
            ", ".join(row["allow"]),
            row["expires"] and moment(row["expires"])[:10],
            moment(row["changed"]),
        )
        for row in page["rows"]
    ]
    heads = ("name", "kind", "health", "private networks", "ends", "changed")
    console.show(page, table(heads, rows, "No connections yet."))


@command(connection, "set")
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--module", required=True, help="The module that it belongs to.")
@click.option("--kind", default="", help="Which kind, when the module has several.")
@click.option("--label", help="What people call it.")
@click.option(
    "--allow",
    multiple=True,
    metavar="CIDR",
    help="A private network it may reach, like 10.0.0.0/8 or 127.0.0.1/32.",
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="When its credentials end.")
@click.option(
    "--secret-file",
    type=click.File("r"),
    help="Where the secrets stand, a line each: name=value. - is standard input.",
)
def set_(  # noqa: PLR0913, PLR0917 - one parameter for each word of the command
    console: Console,
    name: str,
    pairs: tuple[str, ...],
    module: str,
    kind: str,
    label: str | None,
    allow: tuple[str, ...],
    expires: datetime | None,
    secret_file: IO[str] | None,
) -> None:
    """Keep a connection NAME, or NAME@CLIENT for one client only. Secrets are asked for.

    Its other values are replaced; a secret that is not given stays as it is.
    """
    values = read_pairs(pairs)
    with console.client(missing="make") as client:
        secrets = _secret_names(client, module, kind)
        _check_open(values, secrets)
        values |= _read_secrets(secret_file) if secret_file else _ask_secrets(secrets)
        body: dict[str, Any] = {"module": module, "kind": kind, "values": values, "label": label}
        body["allow"] = [*allow] or None
        body["expires"] = f"{expires:%Y-%m-%d}T00:00:00Z" if expires else None
        row = client.put(at("connections", name), body)
    console.show(row, f"The connection {name} is set.")


@command(connection)
@click.argument("name")
def test(console: Console, name: str) -> None:
    """Try a connection out at its provider; exit 1 when it does not work."""
    with console.client() as client:
        found = client.post(at("connections", name, "test"))
    console.show(found, f"{name} {state(found['health'])}: {found['says']}")
    if found["health"] in ("broken", "unconnected"):
        raise click.exceptions.Exit(1)


@command(connection)
@click.argument("name")
@click.argument("on", type=click.Choice(["on", "off"]))
def turn(console: Console, name: str, on: str) -> None:
    """Turn a connection on or off; while it is off, the runs that need it wait."""
    with console.client() as client:
        row = client.post(at("connections", name, "turn"), {"on": on == "on"})
    console.show(row, f"The connection {name} is {on}.")


@command(connection)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def remove(console: Console, name: str, yes: bool) -> None:
    """Remove a connection with its secrets; runs that need it wait until it is set again."""
    if not yes:
        click.confirm(f"Remove the connection {name} and its secrets?", abort=True, err=True)
    with console.client() as client:
        client.delete(at("connections", name))
    console.show({"name": name, "removed": True}, f"The connection {name} is removed.")


def _secret_names(client: Client, module: str, kind: str) -> list[str]:
    kinds = client.get(at("modules", module))["connections"]
    found = [one for one in kinds if kind in ("", one["name"])]
    fields: dict[str, Any] = found[0]["fields"]["properties"] if found else {}
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

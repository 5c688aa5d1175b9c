"""`nexus event send`: a file becomes an event, sent by a person or posted as a provider would."""

import re
from dataclasses import replace
from typing import IO, Any
from urllib.parse import urlsplit

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.client import Client, at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import state

KEY = re.compile(r"(?=.*[A-Z_])[A-Za-z0-9_-]{32}")  # a name of an address has no capital letter
SETTLE = 10.0


@cli.group()
def event() -> None:
    """Work with events."""


@command(event)
@click.argument("file", type=click.File("rb"))
@click.option("--hook", required=True, help="An address's name, its key, or its whole URL.")
@click.option("--header", "headers", multiple=True, help="With a key: a header, as NAME:VALUE.")
@click.option("--type", "media", default="application/json", help="With a key: the content type.")
def send(
    console: Console, file: IO[bytes], hook: str, headers: tuple[str, ...], media: str
) -> None:
    """Send FILE (- is standard input) to an address of a flow.

    By name it is sent as yourself. By key or URL it is posted as a provider would, unsigned.
    """
    raw, key = file.read(), key_of(hook)
    with console.client(drive=True) as client:
        try:
            if key:
                receipt = client.deliver(key, raw, read_headers(headers) | {"Content-Type": media})
            else:
                receipt = client.event(hook, raw)
        except Refused as refused:
            raise Refused(*(_in_file(one, file.name) for one in refused.problems)) from None
        if client.offline:
            client.settle(receipt["run_ids"], SETTLE)
        console.show(receipt, _report(client, receipt))


def _in_file(problem: Problem, name: str) -> Problem:
    """Name the file when a line of it is wrong."""
    return replace(problem, file=name) if problem.line else problem


def key_of(hook: str) -> str:
    """Return the key in a URL or the key itself; empty when this is a name."""
    path = urlsplit(hook).path
    if "/hooks/" in path:
        return path.rpartition("/hooks/")[2].strip("/")
    return hook if KEY.fullmatch(hook) else ""


def read_headers(words: tuple[str, ...]) -> dict[str, str]:
    """Read `NAME:VALUE` words."""
    found = {}
    for word in words:
        name, colon, value = word.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", name) or not value.isprintable():
            raise click.BadParameter(f"{word!r} is not written NAME:VALUE.")
        found[name] = value.strip()
    return found


def _report(client: Client, receipt: dict[str, Any]) -> str:
    runs = [client.get(at("runs", run_id)) for run_id in receipt["run_ids"]]
    lines = [
        f"  {each['row']['id']} {each['row']['flow_id']}: {state(each['row']['state'])}"
        for each in runs
    ]
    again = " (it had come before)" if receipt.get("repeat") else ""
    none = [] if runs else ["  No flow took it."]
    return "\n".join([f"Accepted {receipt['event_id']}{again}.", *lines, *none])

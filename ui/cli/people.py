"""`nexus people`: list, show, invite, roles, disable, enable; and `nexus token`."""

import click

from nexus.ui.cli.client import at
from nexus.ui.cli.console import Console, command
from nexus.ui.cli.root import cli
from nexus.ui.cli.screen import moment, state, table


@cli.group()
def people() -> None:
    """Work with people and their roles."""


@command(people, "list")
def list_(console: Console) -> None:
    """List everybody."""
    with console.client() as client:
        page = client.get("/people")
    rows = [
        (row["id"], row["name"], row["email"], ", ".join(row["roles"]), row["client"], row["state"])
        for row in page["rows"]
    ]
    heads = ("id", "name", "email", "roles", "client", "state")
    console.show(page, table(heads, rows, "Nobody is here yet."))


@command(people)
@click.argument("person")
def show(console: Console, person: str) -> None:
    """Show what somebody may do, how far it reaches, and why."""
    with console.client() as client:
        view = client.get(at("people", person))
    rows = [
        (f"{one['resource']}.{one['verb']}", one["scope"] or "no", one["why"])
        for one in view["rights"]
    ]
    console.show(view, table(("right", "reaches", "why"), rows, "No rights."))


@command(people)
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be given again.")
@click.option("--client", help="The client company, for the client roles.")
@click.option("--team", default="", help="Whom they work with.")
def invite(
    console: Console, email: str, roles: tuple[str, ...], client: str | None, team: str
) -> None:
    """Invite somebody; prints the link's token when no mail could be sent."""
    body = {"email": email, "roles": [*roles], "client": client, "team": team}
    with console.client() as api:
        made = api.post(at("invitations"), body)
    link = f"Send them /invitation?token={made['token']} of this Nexus; it works once, for 7 days."
    console.show(made, f"The invitation was mailed to {email}." if made["mailed"] else link)


@command(people)
@click.argument("person")
@click.argument("roles", nargs=-1, required=True)
@click.option("--client", help="The client company, for the client roles.")
def roles(console: Console, person: str, roles: tuple[str, ...], client: str | None) -> None:
    """Replace somebody's roles; their sessions end."""
    with console.client() as api:
        row = api.put(at("people", person, "roles"), {"roles": [*roles], "client": client})
    console.show(row, f"{row['name']} has these roles now: {', '.join(row['roles'])}.")


@command(people)
@click.argument("person")
@click.option("--heir", help="Who takes over their tasks.")
def disable(console: Console, person: str, heir: str | None) -> None:
    """Shut somebody out: sessions end at once, tokens stop."""
    with console.client() as client:
        row = client.post(at("people", person, "disable"), {"heir": heir})
    console.show(row, f"{row['name']} is {state(row['state'])}.")


@command(people)
@click.argument("person")
def enable(console: Console, person: str) -> None:
    """Let somebody in again."""
    with console.client() as client:
        row = client.post(at("people", person, "enable"))
    console.show(row, f"{row['name']} is {state(row['state'])}.")


@command(people)
@click.option("--idle", type=int, help="Minutes without use after which a session ends.")
@click.option("--longest", type=int, help="Minutes after which every session ends.")
@click.option("--second-factor", "roles", multiple=True, help="A role that has to show one.")
@click.option("--no-second-factor", "nobody", is_flag=True, help="No role has to show one.")
def terms(
    console: Console, idle: int | None, longest: int | None, roles: tuple[str, ...], nobody: bool
) -> None:
    """Show how long sessions hold and who needs a second factor; with options, change it."""
    given = {"idle_minutes": idle, "longest_minutes": longest}
    changes: dict[str, object] = {key: value for key, value in given.items() if value is not None}
    if roles or nobody:
        changes["second_factor"] = [*roles]
    with console.client() as api:
        row = api.get("/terms")
        if changes:
            row = api.put(at("terms"), row | changes)
    ends = f"Sessions end after {row['idle_minutes']} minutes without use, "
    whom = ", ".join(row["second_factor"]) or "no role"
    console.show(
        row,
        f"{ends}and after {row['longest_minutes']} in all; a second factor is demanded of {whom}.",
    )


@cli.group()
def token() -> None:
    """Work with API tokens."""


@command(token)
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="A right like flow.read; else all of them.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True)
@click.option("--for-ever", is_flag=True, help="It never ends by itself.")
def new(console: Console, name: str, scopes: tuple[str, ...], days: int, for_ever: bool) -> None:
    """Make an API token; it is shown this once."""
    body = {"name": name, "scopes": [*scopes], "days": None if for_ever else days}
    with console.client(missing="make") as client:
        made = client.post(at("tokens"), body)
    console.show(made, made["token"])


@command(token, "list")
def list_tokens(console: Console) -> None:
    """List every API token, without its secret."""
    with console.client() as client:
        page = client.get("/tokens")
    rows = [
        (
            row["id"],
            row["name"],
            row["person"],
            len(row["scopes"]),
            moment(row["expires"]),
            moment(row["used"]),
        )
        for row in page["rows"]
    ]
    heads = ("id", "name", "of", "scopes", "ends", "last used")
    console.show(page, table(heads, rows, "No tokens."))


@command(token)
@click.argument("token_id", metavar="ID")
def revoke(console: Console, token_id: str) -> None:
    """End an API token at once."""
    with console.client() as client:
        client.delete(at("tokens", token_id))
    console.show({"revoked": token_id}, f"The token {token_id} is revoked.")

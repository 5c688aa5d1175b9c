"""`nexus backup`, `restore`, `hold`, `release`: copies of the installation, and which one works."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nexus.core.model.problem import Refused
from nexus.ui.cli.console import FOUND, Console, command
from nexus.ui.cli.root import cli, tell
from nexus.ui.cli.screen import gauge, moment, table

if TYPE_CHECKING:
    from nexus.core.upkeep.backup import BackupRow

FILE = click.Path(path_type=Path, dir_okay=False)
SURE = "Is every other copy of this installation stopped for good?"


@command(cli)
@click.argument("file", type=FILE, required=False)
@click.option("--replace", is_flag=True, help="Write over a file that is there.")
@click.option("--list", "listing", is_flag=True, help="List the backups in the data folder.")
def backup(console: Console, file: Path | None, replace: bool, listing: bool) -> None:
    """Back the installation up into FILE, while it serves; the master key is not in it.

    Without FILE it goes into the data folder, which keeps the newest three.
    """
    if listing:
        _list(console)
        return
    row = _make(console, file, replace)
    shown = {"path": row.path, "bytes": row.bytes, "sha256": row.sha256}
    text = f"Backed up into {row.path}: {row.bytes:,} bytes, SHA-256 {row.sha256}."
    console.show(shown, f"{text}\nKeep the master key elsewhere: without it no secret opens.")


def _make(console: Console, file: Path | None, replace: bool) -> "BackupRow":
    """Copy the database beside the server: it needs only the folder."""
    from nexus.core.clock import SystemClock  # noqa: PLC0415 - quick start of --help
    from nexus.core.people.people import People  # noqa: PLC0415
    from nexus.core.store.database import Database  # noqa: PLC0415
    from nexus.core.upkeep.backup import Backups  # noqa: PLC0415
    from nexus.ui.cli.offline import place  # noqa: PLC0415

    with place(console.folder, "refuse") as folder, gauge("Copying") as draw:
        database, clock = Database(folder), SystemClock()
        try:
            actor = People(database, clock).console()
            to = file.absolute() if file else None
            return Backups(database, clock).make(actor, to, replace, _drawn(draw))
        finally:
            database.close()


def _drawn(draw: Any) -> Any:
    def progress(done: int, total: int) -> None:
        draw(lambda: {"done": done, "total": total})

    return progress


def _list(console: Console) -> None:
    with console.client() as client:
        found = client.get("/backups")
    rows = [(row["name"], moment(row["taken"]), f"{row['bytes']:,}") for row in found["rows"]]
    console.show(found, table(("name", "taken", "bytes"), rows, "No backups are kept here."))


@command(cli)
@click.argument("file", type=FILE)
@click.option("--check", is_flag=True, help="Only look through the backup; exit 3 when damaged.")
def restore(console: Console, file: Path, check: bool) -> None:
    """Bring a backup back into an empty data folder; the copy stands still until it is released."""
    from nexus.core.upkeep import restore as core  # noqa: PLC0415 - quick start of --help

    if check:
        try:
            found = core.check(file)
        except Refused as refused:
            tell(*refused.problems, as_json=console.as_json)
            raise click.exceptions.Exit(FOUND) from None
        console.show(_shown(found), f"{file} is whole: the backup of {moment(found.taken)} UTC.")
        return
    restored = core.restore(file, console.folder)
    text = f"Restored the backup of {moment(restored.taken)} UTC into {console.folder}."
    after = "It is on hold until an owner says, once no other copy is at work: nexus release"
    console.show(_shown(restored), f"{text}\n{core.key_hint(restored)}\n{after}")


def _shown(restored: Any) -> dict[str, str]:
    names = ("installation", "taken", "nexus", "master_key", "copy")
    return {name: getattr(restored, name) for name in names}


@command(cli)
@click.argument("reason")
def hold(console: Console, reason: str) -> None:
    """Accept nothing and send nothing more, for REASON, which every page shows."""
    with console.client() as client:
        row = client.put("/hold", {"reason": reason})
    console.show(row, f"On hold: {row['reason']} Go on with: nexus release")


@command(cli)
@click.option("--yes", is_flag=True, help="Do not ask whether other copies are stopped.")
def release(console: Console, yes: bool) -> None:
    """Let an installation that is on hold go on; no other copy of it may be at work."""
    if not yes:
        click.confirm(SURE, abort=True, err=True)
    with console.client() as client:
        row = client.delete("/hold")
    console.show(row, f"Nexus goes on, as copy {row['copy']} of {row['installation']}.")

"""Trying a mail connection out: log in and say goodbye, or look at the folder."""

from pathlib import Path

from nexus import Context, Refuse, connection_test
from nexus.plugins.email import smtp as mail


@connection_test("smtp")
def smtp(context: Context) -> str:
    """Greet the server and log in; no message is sent."""
    if context.connection.get("transport") != "folder":
        return mail.greet(context)
    place = Path(str(context.connection.get("folder") or ""))
    if not context.connection.get("folder"):
        raise Refuse("The mail connection names no folder.", code="no_folder", sent=False)
    there = "is there" if place.is_dir() else "is made at the first message"
    return f"Messages go to the folder {place}, which {there}."

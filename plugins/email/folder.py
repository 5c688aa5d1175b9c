"""The transport for trying things out: each message becomes an .eml file."""

from pathlib import Path

from nexus import Context, Refuse
from nexus.plugins.email.message import Letter


def deliver(context: Context, letter: Letter) -> list[str]:
    """Write the message into the connection's folder; a repeat writes the same file.

    Raises:
        Refuse: When no folder is set or it cannot be written.
    """
    place = context.connection.get("folder")
    if not place:
        raise Refuse("The mail connection names no folder.", code="no_folder", sent=False)
    folder = Path(str(place))
    name = letter.id.strip("<>").partition("@")[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{name}.part"
        draft.write_bytes(letter.data)
        draft.replace(folder / f"{name}.eml")
    except OSError as error:
        words = f"The message cannot be written to {folder}: {error.strerror}."
        raise Refuse(words, code="folder_unwritable", sent=False) from None
    context.log(f"Written to {folder / name}.eml")
    return []

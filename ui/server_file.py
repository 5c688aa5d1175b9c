"""Tell the command line where the running server is: `<data>/server.json`, readable by its owner.

The file holds a token made for this one start.
"""

import json
import os
from collections.abc import Callable

from nexus.core.nexus import Nexus

FILE = "server.json"


def announce(nexus: Nexus, url: str) -> Callable[[], None]:
    """Write the file and return what removes it again."""
    path = nexus.folder / FILE
    token = nexus.tokens.for_console()
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump({"url": url, "token": token, "pid": os.getpid()}, file)
    return lambda: path.unlink(missing_ok=True)

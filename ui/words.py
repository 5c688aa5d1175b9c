"""How durations, counts and states are put into words; the room of pages.

Every text goes through gettext; English ships. Moments are in moments.py.
"""

from gettext import NullTranslations

from nexus.core.model.run import RunState

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
TRANSLATIONS = NullTranslations()

STATES = {
    RunState.READY: ("run", "circle-dashed", "Queued"),
    RunState.RUNNING: ("run", "loader-circle", "Running"),
    RunState.WAITING: ("wait", "clock", "Waiting"),
    RunState.NEEDS_PERSON: ("wait", "user-check", "Needs a person"),
    RunState.DONE: ("ok", "check", "Done"),
    RunState.FAILED: ("fail", "x", "Failed"),
    RunState.CANCELLED: ("skip", "ban", "Cancelled"),
    RunState.UNDONE: ("skip", "undo-2", "Undone"),
}
STEP_STATES = {
    "done": ("ok", "check", "Finished"),
    "failed": ("fail", "x", "Failed"),
    "running": ("run", "loader-circle", "Running"),
    "waiting": ("wait", "clock", "Waiting"),
    "retrying": ("wait", "rotate-cw", "Trying again"),
    "handled": ("wait", "route", "Failed, and the flow went on"),
    "skipped": ("skip", "minus", "Not taken"),
    "cancelled": ("skip", "ban", "Cancelled here"),
    "unknown": ("fail", "circle-help", "Outcome unknown"),
    "todo": ("todo", "circle-dashed", "To come"),
}
UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))


def _(text: str) -> str:
    """Return the text in the reader's language."""
    return TRANSLATIONS.gettext(text)


def plural(number: int, one: str, many: str) -> str:
    """Return `3 runs` or `1 run`: the number with the form that fits it."""
    return f"{number:,} {TRANSLATIONS.ngettext(one, many, number)}"


def duration(micros: int) -> str:
    """Write an elapsed time with at most two units: `6 ms`, `2.9 s`, `3 min 5 s`, `1 d 2 h`."""
    if micros < 1000:
        return _("< 1 ms")
    if micros < SECOND:
        return _("%d ms") % round(micros / 1000)
    if micros < 10 * SECOND:
        return _("%.1f s") % (micros / SECOND)
    return " ".join(_parts(micros)[:2])


def _parts(micros: int) -> list[str]:
    parts: list[str] = []
    left = micros
    for size, name in UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return [part for part in parts[:2] if part]


def turn(places: str) -> str:
    """Count a loop's turns as people do, from one: `0` is turn 1, `3.0` is turn 4.1."""
    return ".".join(str(int(place) + 1) for place in places.split("."))


def ago(then: int, now: int) -> str:
    """Say how long ago something was, as people do: `just now`, `2 min ago`, `3 d ago`."""
    gone = now - then
    if gone < 10 * SECOND:
        return _("just now")
    size, name = next(unit for unit in UNITS if gone >= unit[0])
    return _("%(count)d %(unit)s ago") % {"count": gone // size, "unit": name}


def humanise(name: str) -> str:
    """Turn an id such as `find_client` into words: `Find client`."""
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome"}


def device(agent: str) -> str:
    """Write a browser's own long name as a person would: `Firefox on Linux`."""
    system = next((name for name in SYSTEMS if name in agent), "")
    found = next((name for mark, name in BROWSERS.items() if mark in agent), "")
    found = found or ("Safari" if "Safari/" in agent else "")
    if not found:
        return agent[:40] or _("Unknown device")
    return (
        _("%(browser)s on %(system)s") % {"browser": found, "system": system} if system else found
    )

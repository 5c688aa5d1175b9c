"""How moments are written into pages: UTC in a <time> element, which times.js puts in local time.

The title keeps the whole moment in UTC, so that two people in two zones can speak of the same.
"""

from markupsafe import Markup

from nexus.core.clock import moment, rfc3339
from nexus.ui.words import HOUR, _, duration

# How much of a moment is shown, as times.js knows it: `21 Nov, 14:02`, `14:02`, and so on.
CLOCKS = {"minute": "%H:%M", "second": "%H:%M:%S", "milli": "%H:%M:%S.%f"}


def day(micros: int) -> Markup:
    """Write a moment as `21 Nov, 14:02`."""
    at = moment(micros)
    return _time(micros, "day", f"{at.day} {at:%b}, {at:%H:%M}")


def clock(micros: int, detail: str = "milli") -> Markup:
    """Write a moment as `14:02:11.204`; `detail` second or minute leaves the end away."""
    text = f"{moment(micros):{CLOCKS[detail]}}"
    return _time(micros, detail, text[:-3] if detail == "milli" else text)


def until(micros: int, now: int) -> Markup:
    """Say when something is due: `in 5 min` when near, else `on 24 Nov, 09:00`."""
    left = micros - now
    if left <= 0:
        return Markup.escape(_("now"))
    if left < HOUR:
        return Markup.escape(_("in %s") % duration(left))
    return Markup.escape(_("on %s")) % day(micros)


def date(micros: int) -> str:
    """Write a calendar day as `24 Nov 2026`; it is the same day for every reader."""
    at = moment(micros)
    return f"{at.day} {at:%b} {at.year}"


def _time(micros: int, detail: str, text: str) -> Markup:
    at = moment(micros)
    whole = f"{at.day} {at:%b} {at.year}, {at:%H:%M:%S} UTC"
    element = Markup('<time datetime="{}" title="{}" data-time="{}">{}</time>')
    return element.format(rfc3339(micros), whole, detail, text)

"""The one place where core's views become JSON.

Types say how numbers are written: ids as prefixed texts, times as RFC 3339, states as words.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from nexus.core.clock import rfc3339
from nexus.core.model import ids
from nexus.core.model.run import RunState

T = TypeVar("T")
ID = "[0-9abcdefghjkmnpqrstvwxyz]{13}$"


class RunId(str):
    """Like `run_0000000000005`."""


class EventId(str):
    """Like `evt_0000000000005`."""


class Moment(str):
    """A time in UTC, RFC 3339, to the millisecond."""


class State(str):
    """Where a run is."""


WRITERS: dict[type, Callable[[Any], str]] = {
    RunId: lambda number: ids.write("run", number),
    EventId: lambda number: ids.write("evt", number),
    Moment: rfc3339,
    State: lambda state: state.word,
}
SCHEMAS: dict[type, dict[str, Any]] = {
    RunId: {"type": "string", "pattern": f"^run_{ID}"},
    EventId: {"type": "string", "pattern": f"^evt_{ID}"},
    Moment: {"type": "string", "format": "date-time"},
    State: {"type": "string", "enum": [state.word for state in RunState]},
}


def show(view: Any, shape: type[T]) -> T:
    """Make a shape from what a core verb answered."""
    return msgspec.convert(view, shape, from_attributes=True, dec_hook=_make)


def write(shape: Any) -> bytes:
    """Write a shape as JSON."""
    return msgspec.json.encode(shape, enc_hook=str)


def _make(kind: type, value: Any) -> Any:
    return kind(WRITERS[kind](value))

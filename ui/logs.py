"""What the serving process tells of itself: lines for people or machines, and traces."""

import logging
import os
from functools import partial
from multiprocessing.util import Finalize
from typing import Literal

from nexus.core.model.problem import Refused
from nexus.core.nexus import Nexus
from nexus.core.redact import RedactingFormatter
from nexus.core.upkeep.follow import Follower, Listener
from nexus.core.upkeep.tell import JsonLines, tell
from nexus.core.upkeep.traces import ENDPOINTS, open_traces

Form = Literal["text", "json"]
log = logging.getLogger("nexus.ui")


def install(nexus: Nexus, form: Form) -> None:
    """Tell what happens on stderr, ours from INFO on; no line holds a secret.

    As JSON, each event that comes in and each run that stops is a line too.
    """
    handler, lines = logging.StreamHandler(), JsonLines() if form == "json" else None
    handler.setFormatter(RedactingFormatter(nexus.redactor, lines))
    logging.getLogger().addHandler(handler)
    logging.getLogger("nexus").setLevel(logging.INFO)
    for known in logging.getLogger("_granian").handlers:
        known.setFormatter(RedactingFormatter(nexus.redactor, lines or known.formatter))
    listeners = (*((tell,) if form == "json" else ()), *_traces(nexus))
    if listeners:
        Follower(nexus.engine, listeners)


def _traces(nexus: Nexus) -> tuple[Listener, ...]:
    """Return what sends traces, when the environment says where to."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return ()
    try:
        traces = open_traces(partial(nexus.runs.show, nexus.people.console()))
    except Refused as refused:
        log.error("no traces are sent: %s", refused)
        return ()
    Finalize(None, traces.close, exitpriority=95)
    return (traces.tell,)

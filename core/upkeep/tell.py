"""Structured logs: one JSON object a line, with the ids of run and flow, and without secrets."""

import json
import logging

from nexus.core.clock import rfc3339
from nexus.core.model import ids
from nexus.core.model.run import RunState
from nexus.core.upkeep.follow import Happening

log = logging.getLogger("nexus.events")
IDS = ("event", "run", "flow", "step", "state", "source")
LOUD = {RunState.FAILED: logging.ERROR, RunState.NEEDS_PERSON: logging.WARNING}


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        line = {
            "at": rfc3339(int(record.created * 1_000_000)),
            "level": record.levelname.lower(),
            "from": record.name,
            "says": record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in IDS if name in record.__dict__}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def tell(happening: Happening) -> None:
    """Log what happened, as one line."""
    if happening.state is None:
        about = {"event": ids.write("evt", happening.event), "source": happening.source}
        log.info("event accepted", extra=about)
        return
    about = {"run": ids.write("run", happening.run), "flow": happening.flow}
    about |= {"state": happening.state.word}
    if happening.step:
        about["step"] = happening.step
    level = LOUD.get(happening.state, logging.INFO)
    log.log(level, "run %s", happening.state.word.replace("_", " "), extra=about)

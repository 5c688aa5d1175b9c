"""Log lines without secrets: whatever a record holds, tracebacks included."""

import logging

from nexus.core.redact.redactor import Redactor


class RedactingFormatter(logging.Formatter):
    """Formats as another formatter does, then hides what is secret."""

    def __init__(self, redactor: Redactor, inner: logging.Formatter | None = None) -> None:
        super().__init__()
        self._redactor = redactor
        self._inner = inner or logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        return self._redactor.text(self._inner.format(record))

"""Keep secrets out of everything that is kept, shown or logged: by value, by name, by number.

`Redactor` is made once for an installation. It knows the values of every secret; each sink asks it
before anything is committed or leaves the process.
"""

from nexus.core.redact.logs import RedactingFormatter
from nexus.core.redact.redactor import HIDDEN, Redactor
from nexus.core.redact.spread import joined

__all__ = ["HIDDEN", "RedactingFormatter", "Redactor", "joined"]

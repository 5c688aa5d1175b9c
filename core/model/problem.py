"""What is wrong, where, what was expected and what to do: RFC 9457 problems."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong, written for the person who has to mend it.

    `code` is stable and machine-readable (`unknown_action`); `title` is one plain sentence.
    """

    code: str
    title: str
    status: int = 422
    detail: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    step: str = ""
    field: str = ""
    expected: str = ""
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the members that say something, ready for JSON."""
        return {key: value for key, value in asdict(self).items() if value not in ("", 0)}

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        step = f" (step {self.step})" if self.step else ""
        more = " ".join(part for part in (self.detail, self._expected(), self.hint) if part)
        return f"{where + ': ' if where else ''}{self.title}{step}{' ' + more if more else ''}"

    def _expected(self) -> str:
        return f"Expected {self.expected}." if self.expected else ""


class Refused(Exception):  # noqa: N818 - the domain's word; every caller reads `except Refused`
    """Raised by a core verb that will not do what was asked; carries every problem found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems

    @property
    def status(self) -> int:
        """Return the HTTP status that fits the first problem."""
        return self.problems[0].status


def missing(what: str, name: str, hint: str = "") -> Refused:
    """Return the refusal for a thing that does not exist (404)."""
    return Refused(
        Problem(code="not_found", title=f"There is no {what} {name[:80]}.", status=404, hint=hint)
    )

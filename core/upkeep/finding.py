"""What the doctor says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at. `hint` says what to do when it needs attention."""

    what: str
    says: str
    hint: str = ""
    attention: bool = False

    @property
    def state(self) -> str:
        """Return the word for lists: `fine` or `attention`."""
        return "attention" if self.attention else "fine"

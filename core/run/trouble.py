"""What a step raises when it cannot be done."""

from nexus.core.model.run import Fault


class Broken(Exception):  # noqa: N818 - a step that broke; the run may still catch it
    """A step failed; carries why, in words for a person."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault

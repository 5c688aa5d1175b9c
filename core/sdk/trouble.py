"""How an action says that it did not work, and whether trying again can help."""


class Trouble(Exception):  # noqa: N818 - the domain's word; modules raise its children
    """An action did not do what was asked. Raise one of its children.

    Attributes:
        message: One or two sentences for a person: what happened and what to do.
        code: A stable word that flows may match (`timeout`, `rate_limited`, `not_found`).
        hint: What to do, when the message does not say it already.
        sent: Whether an effect may have taken place: False is surely not (refused before
            sending), True is surely yes, None is unknown. The engine repeats a money call only
            when it is False.
    """

    default_code = "trouble"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        hint: str = "",
        sent: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint
        self.sent = sent


class Retry(Trouble):
    """It did not work now; the same call may work later.

    Attributes:
        after_seconds: How long the provider asks us to stay away; None leaves it to the step.
    """

    default_code = "try_again"

    def __init__(
        self,
        message: str,
        after_seconds: float | None = None,
        *,
        code: str = "",
        hint: str = "",
        sent: bool | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint, sent=sent)
        self.after_seconds = after_seconds


class Refuse(Trouble):
    """It will never work as asked; trying again changes nothing.

    A refusal is clear unless you say otherwise: nothing took place. With `sent=None` it is a no
    that leaves that open (a conflict with an earlier try, say), and money stops for a person.
    """

    default_code = "refused"

    def __init__(
        self, message: str, *, code: str = "", hint: str = "", sent: bool | None = False
    ) -> None:
        super().__init__(message, code=code, hint=hint, sent=sent)


class BadConnection(Trouble):
    """The provider does not take the connection's credentials; nothing was done.

    The run waits until somebody has mended the connection, and then tries again by itself under
    the same key.
    """

    default_code = "connection_broken"


class NeedsPerson(Trouble):
    """Only a person can go on: the outcome is unknown, or a decision is missing."""

    default_code = "needs_person"

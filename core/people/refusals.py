"""What is said when something about people is refused: what, why, and what to do."""

from collections.abc import Iterable, Sequence

from nexus.core.model.actor import Actor, Pair
from nexus.core.model.problem import Problem


def last_owner() -> Problem:
    """Somebody has to stay who may do everything."""
    return Problem(
        code="last_owner",
        title="This is the last owner, and one has to stay.",
        status=409,
        hint="Make somebody else an owner first.",
    )


def yourself() -> Problem:
    """Nobody shuts themselves out."""
    return Problem(
        code="yourself",
        title="You cannot disable yourself.",
        status=409,
        hint="Ask another owner or admin.",
    )


def no_heir(heir: str) -> Problem:
    """Work is handed to somebody who is there."""
    return Problem(
        code="no_heir",
        title=f"{heir} cannot take over.",
        expected="another person who is not disabled",
    )


def above(actor: Actor, name: str) -> Problem:
    """Nobody changes those who may do more."""
    return Problem(
        code="above_own_rights",
        title=f"{name} may do more than {actor.name}, who so cannot change them.",
        status=403,
        hint="Ask an owner.",
    )


def beyond(actor: Actor, pairs: Sequence[Pair]) -> Problem:
    """Nobody gives what they do not have."""
    first = ", ".join(".".join(pair) for pair in pairs[:3])
    return Problem(
        code="beyond_own_rights",
        title=f"{actor.name} cannot give rights beyond their own: {first}.",
        status=403,
        hint="Ask an owner.",
    )


def unknown_role(role: str, known: Iterable[str]) -> Problem:
    """A role that no template describes."""
    return Problem(
        code="unknown_role",
        title=f"There is no role {role!r}.",
        expected=f"one of {', '.join(known)}",
    )


def no_role() -> Problem:
    """Everybody has a role."""
    return Problem(code="no_role", title="A person needs at least one role.")


def mixed() -> Problem:
    """Staff belongs to no client, and people of a client are no staff."""
    return Problem(
        code="mixed_roles",
        title="Client roles go with a client, and all other roles without one.",
        hint="Name the client for Client owner and Client member, and leave it out otherwise.",
    )


def other_client() -> Problem:
    """People of a client stay among themselves."""
    return Problem(
        code="other_client",
        title="You can only choose your own company.",
        status=403,
    )


def owner_is_fixed() -> Problem:
    """An owner may do everything; nothing of it can be taken away by hand."""
    return Problem(
        code="owner_is_fixed",
        title="An owner may do everything, and this cannot be changed one right at a time.",
        status=409,
        hint="Give the person another role.",
    )


def wrong_sign_in() -> Problem:
    """What was shown does not fit; it is not said which of it."""
    return Problem(
        code="wrong_sign_in",
        title="These do not fit together.",
        status=401,
        hint="Look at the address, the password and the code, and try once more.",
    )


def begin_again() -> Problem:
    """The ticket for a code is over."""
    return Problem(
        code="link_used",
        title="This took too long. Please begin again.",
        status=410,
        hint="Go back to the sign-in page.",
    )


def taken() -> Problem:
    """An address belongs to one person."""
    return Problem(code="taken", title="Somebody else here has this address.", status=409)


def wrong_code() -> Problem:
    """A new code app has to show that it works."""
    return Problem(
        code="wrong_code",
        title="This is not the code that your app shows now.",
        hint="Look whether the clock of your phone is right, and enter the next code.",
    )

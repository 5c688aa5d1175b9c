"""Scopes narrow what somebody may do: those of a token, and those of a sign-in half made."""

from collections.abc import Mapping

from nexus.core.model.actor import Pair, Right

OUTSIDE = "this token's scopes do not name it"
OWING = "a second factor comes first; Settings → My account sets one up"


def read_scopes(texts: list[str] | None) -> frozenset[Pair] | None:
    """Read `flow.read` texts into pairs."""
    if texts is None:
        return None
    parts = (text.rpartition(".") for text in texts)
    return frozenset((resource, verb) for resource, _, verb in parts)


def narrowed(
    rights: Mapping[Pair, Right], scopes: frozenset[Pair] | None, without: str = OUTSIDE
) -> Mapping[Pair, Right]:
    """Return the rights that somebody who is held to these pairs has, and why no others."""
    if scopes is None:
        return rights
    return {
        pair: right if pair in scopes else Right(None, right.step_up, without)
        for pair, right in rights.items()
    }

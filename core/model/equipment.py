"""What an effect is given to work with: its opened connection and the guarded HTTP client."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nexus.core.model.action import Action


@dataclass(frozen=True, slots=True)
class Equipment:
    """An opened connection.

    Attributes:
        connection: Its values, secrets opened.
        http: The guarded client, bound to it.
        pin: Which version of which connection this is; empty without one.
        renew: For a connection with tokens: returns it with a token that holds; `True` asks for
            a new one although the present one looks good.
        ailing: Whether its credentials were refused the last time.
        report: Keeps that the provider refused the credentials (why), or took them (empty).
    """

    connection: Mapping[str, Any] = field(default_factory=dict)
    http: Any = None
    pin: str = ""
    renew: Callable[[bool], Awaitable["Equipment"]] | None = None
    ailing: bool = False
    report: Callable[[str], None] = lambda why: None


Equip = Callable[[Action, str | None], Equipment]

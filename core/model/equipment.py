"""What an effect is given to work with: its opened connection and the guarded HTTP client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nexus.core.model.action import Action


@dataclass(frozen=True, slots=True)
class Equipment:
    """An opened connection. `secrets` are the values (and their encodings) to keep out of sight."""

    connection: Mapping[str, Any] = field(default_factory=dict)
    http: Any = None
    secrets: tuple[str, ...] = ()


Equip = Callable[[Action, str | None], Equipment]

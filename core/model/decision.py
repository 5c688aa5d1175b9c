"""A decision table as written: typed inputs and outputs, and rules from one to the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nexus.core.model.action import Schema
from nexus.core.model.flow import Place

Hit = Literal["unique", "first", "collect"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One row: `when` holds the cells, by input; `then` the values, by output."""

    when: Mapping[str, Any]
    then: Mapping[str, Any]
    condition: str | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A whole decision table. `otherwise` is what it answers when no rule matches."""

    id: str
    name: str
    hit: Hit
    inputs: Mapping[str, Schema]
    outputs: Mapping[str, Schema]
    rules: tuple[Rule, ...]
    otherwise: Mapping[str, Any] | None = None
    description: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)
    file: str = ""
    source: str = ""

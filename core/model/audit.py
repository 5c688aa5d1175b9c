"""The audit log as pages, API and command line read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """One row. `by` is the actor's name at that moment."""

    seq: int
    at: int
    actor: str
    by: str
    via: str
    ip: str
    action: str
    object: str
    before_hash: str
    after_hash: str
    meta: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which rows are asked for: who, what, which object, from when until when."""

    actor: str = ""
    action: str = ""
    text: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What checking the whole log found. `seq` is the first bad row, when it is not fine."""

    fine: bool
    rows: int
    anchors: int
    says: str
    seq: int | None = None

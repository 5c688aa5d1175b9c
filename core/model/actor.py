"""Who asks: every core verb takes an Actor, and there is no default one."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["owner", "admin", "builder", "operator", "viewer"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A person, token or the engine itself, with the role that decides what it may do.

    `via` says through which door it came: `page`, `api`, `cli`, `hook` or `engine`;
    `ip` from where, when it came over the net.
    """

    id: str
    name: str
    role: Role
    via: str
    ip: str = ""

"""Plant a seed: connections, flows and sample events that a folder of flows/ describes.

It does what a person would do, through the same verbs, and leaves alone what is there already.
"""

import secrets
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from nexus.core.model.actor import Actor
from nexus.core.nexus import Nexus

SEED = "seed.yaml"


def plant(nexus: Nexus, actor: Actor, name: str, url: str) -> bool:
    """Plant `flows/<name>/`; returns False when its flows are there already."""
    folder = files("nexus") / "flows" / name
    seed = yaml.safe_load((folder / SEED).read_text())
    known = {row.id for row in nexus.flows.list(actor)}
    if known.intersection(seed["flows"]):
        return False
    for table_id in seed.get("decisions", []):
        file = f"{table_id}.decision.yaml"
        nexus.decisions.save(actor, (folder / file).read_bytes(), file)
    for flow_id in seed["flows"]:
        nexus.flows.save(actor, (folder / f"{flow_id}.yaml").read_bytes(), f"{flow_id}.yaml")
    _connect(nexus, actor, seed, url)
    for hook in seed.get("secrets", []):
        nexus.hooks.set_secret(actor, hook, secrets.token_urlsafe(24))
    for flow_id in seed["flows"]:
        nexus.flows.publish(actor, flow_id, seed["note"])
    _send(nexus, actor, seed.get("events", []))
    return True


def _connect(nexus: Nexus, actor: Actor, seed: dict[str, Any], url: str) -> None:
    """Set the connections; `{url}`, `{data}` and `{hook:name}` in their values are filled in."""
    known = {f"{{hook:{row.name}}}": row.path for row in nexus.hooks.list(actor)}
    known |= {"{url}": url, "{data}": str(nexus.folder)}
    for alias, one in seed.get("connections", {}).items():
        values = {key: _filled(value, known) for key, value in one["values"].items()}
        allow = [_filled(entry, known) for entry in one.get("allow", [])]
        nexus.connections.set(actor, alias, one["module"], values, allow)


def _filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, str):
        for place, text in known.items():
            value = value.replace(place, text)
    return value


def _send(nexus: Nexus, actor: Actor, events: list[dict[str, Any]]) -> None:
    for event in events:
        nexus.inbox.send(actor, event["hook"], event["data"])


def seeds() -> list[Traversable]:
    """Return the folders of flows/ that describe a seed."""
    return [one for one in (files("nexus") / "flows").iterdir() if (one / SEED).is_file()]

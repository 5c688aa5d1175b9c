"""module.yaml: who a module is and what it may do, read without running any of its code."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from operator import eq, ge, gt, le, lt
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from nexus.core.model.action import Schema
from nexus.core.model.problem import Problem, Refused

FILE = "module.yaml"
MAX_BYTES = 64_000
COMPARE = {">=": ge, "<=": le, "==": eq, ">": gt, "<": lt}
CLAUSE = re.compile(r"(>=|<=|==|>|<)([0-9.]+)")
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionKind:
    """What a connection of a module holds: `fields` is a JSON Schema; `x-secret` marks secrets.

    `oauth` says how tokens are had; `{name}` in it stands for the value of a field.
    """

    name: str
    title: str
    fields: Schema
    help: str = ""
    oauth: Mapping[str, str] = field(default_factory=dict)

    @property
    def secrets(self) -> frozenset[str]:
        """Return the names of the fields that stay out of sight."""
        fields = self.fields["properties"].items()
        return frozenset(name for name, schema in fields if schema.get("x-secret"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """A module's module.yaml. `hosts` and `effects` are its permissions."""

    id: str
    name: str
    version: str
    summary: str
    nexus: str
    publisher: str
    icon: str = "box"
    family: str = "it"
    actions: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    connections: Mapping[str, ConnectionKind] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    roles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    grants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """Read and check a module's manifest.

    Raises:
        Refused: With every problem found in the file.
    """
    file = folder / FILE
    document = _read(file)
    problems = [_problem(file, error) for error in _schema().iter_errors(document)]
    if problems:
        raise Refused(*problems)
    manifest = _make(document)
    if not _fits(manifest.nexus, version("nexus")):
        raise Refused(
            Problem(
                code="wrong_nexus",
                title=f"Module {manifest.id} does not run with Nexus {version('nexus')}.",
                file=str(file),
                expected=f"a Nexus that is {manifest.nexus}",
                hint="Install a version of the module that fits.",
            )
        )
    return manifest


def _read(file: Path) -> Any:
    try:
        data = file.read_bytes()
        if len(data) > MAX_BYTES:
            raise Refused(_unreadable(file, f"it is larger than {MAX_BYTES} bytes"))
        return yaml.load(data, Loader)  # noqa: S506 - a safe loader, in C where there is one
    except OSError as error:
        raise Refused(_unreadable(file, error.strerror or "it is missing")) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "it is not YAML"
        line = mark.line + 1 if mark else 0
        raise Refused(_unreadable(file, why, line)) from None


def _unreadable(file: Path, why: str, line: int = 0) -> Problem:
    return Problem(
        code="bad_manifest",
        title=f"The manifest cannot be read: {why}.",
        file=str(file),
        line=line,
        hint=f"Every module has a {FILE}; docs/modules.md shows one.",
    )


@cache
def _schema() -> Any:
    text = files("nexus").joinpath("schemas", "module.schema.json").read_text("utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text))


def _problem(file: Path, error: Any) -> Problem:
    place = ".".join(str(part) for part in error.instance_path)
    where = f"{place}: " if place else ""
    return Problem(
        code="bad_manifest",
        title=f"{where}{error.message}.",
        file=str(file),
        hint="docs/modules.md explains each field.",
    )


def _make(document: dict[str, Any]) -> Manifest:
    facts = dict(document)
    permissions = facts.pop("permissions")
    kinds = facts.pop("connections", {})
    return Manifest(
        actions=tuple(facts.pop("actions", ())),
        triggers=tuple(facts.pop("triggers", ())),
        connections={name: ConnectionKind(name=name, **kind) for name, kind in kinds.items()},
        hosts=tuple(permissions["hosts"]),
        effects=tuple(permissions["effects"]),
        **facts,
    )


def _fits(wanted: str, running: str) -> bool:
    have = _numbers(running)
    return all(COMPARE[sign](have, _numbers(text)) for sign, text in CLAUSE.findall(wanted))


def _numbers(text: str) -> tuple[int, int, int]:
    found = [int(part) for part in re.findall(r"[0-9]+", text)[:3]]
    major, minor, patch = (*found, 0, 0, 0)[:3]
    return major, minor, patch

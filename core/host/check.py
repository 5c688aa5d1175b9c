"""`nexus module check`: a list of small checkers, each for one kind of mistake."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from nexus.core.host.catalog import Module
from nexus.core.host.load import load_one, place_of, shipped
from nexus.core.host.manifest import FILE
from nexus.core.model.action import Schema
from nexus.core.model.problem import Problem

Checker = Callable[[Module], Iterator[Problem]]
CLOSED = ("nexus.core", "nexus.ui", "nexus.app")
SECRET_NAME = re.compile(r"password|secret|token|(?:^|_)key$", re.IGNORECASE)


def check(folder: Path) -> list[Problem]:
    """Return everything that is wrong with a module folder; empty when it may be shipped.

    The module's code is run, as loading it would.
    """
    module = load_one(place_of(folder))
    if module.problems:
        return list(module.problems)
    return [problem for checker in CHECKERS for problem in checker(module)]


def explains_itself(module: Module) -> Iterator[Problem]:
    """Every action and trigger has a help text, and every argument a description."""
    for offer in module.offers:
        if not offer.help:
            yield _problem(
                module,
                "no_help",
                f"{offer.name} has no docstring.",
                "Say in one line what it does.",
            )
        for name, schema in offer.input.get("properties", {}).items():
            if not schema.get("description"):
                yield _problem(
                    module,
                    "no_help",
                    f"{offer.name} does not say what {name} is.",
                    f"Add a line for {name} under Args: in its docstring.",
                )


def has_samples(module: Module) -> Iterator[Problem]:
    """Every action and trigger has a sample, and it fits the schema of what it gives."""
    for offer in module.offers:
        if offer.sample is None:
            hint = "Add sample=…: the editor shows it before anything has run."
            yield _problem(module, "no_sample", f"{offer.name} has no sample.", hint)
            continue
        for place, message in _misfits(offer.output, offer.sample):
            title = f"The sample of {offer.name} does not fit{place}: {message}."
            hint = "Change the sample, or the type that the function returns."
            yield _problem(module, "bad_sample", title, hint)


def is_permitted_what_it_does(module: Module) -> Iterator[Problem]:
    """No effect is permitted that no action has; a wide permission would scare for nothing."""
    assert module.manifest is not None
    used = {action.effect for action in module.actions}
    for effect in sorted(set(module.manifest.effects) - used):
        title = f"The effect {effect} is permitted, and no action has it."
        yield _problem(
            module, "unused_permission", title, f"Take {effect} off permissions.effects."
        )


def moves_money_once(module: Module) -> Iterator[Problem]:
    """A money action tells the provider how to know a repeat."""
    for action in module.actions:
        if action.effect == "money" and action.idempotency == "none":
            title = f"{action.name} moves money and cannot be repeated safely."
            hint = "Send context.key to the provider and declare idempotency='key'."
            yield _problem(module, "unsafe_money", title, hint)


def names_its_events(module: Module) -> Iterator[Problem]:
    """A trigger of a hook says how it is read, and its event types begin with the module's id."""
    for trigger in module.triggers:
        if trigger.kind == "hook" and trigger.hook is None:
            hint = "Give it hook=Hook(…), or kind='schedule' or 'manual'."
            yield _problem(module, "no_hook", f"{trigger.name} has no hook.", hint)
        for type_ in (*trigger.types, trigger.hook.type if trigger.hook else f"{module.id}."):
            if not type_.startswith(f"{module.id}."):
                title = f"{trigger.name} has the event type {type_}."
                hint = f"Begin it with {module.id}. so that no two modules share a type."
                yield _problem(module, "foreign_type", title, hint)


def hides_secrets(module: Module) -> Iterator[Problem]:
    """A connection's fields are a valid schema, and what sounds secret is marked so."""
    assert module.manifest is not None
    for kind in module.manifest.connections.values():
        if not jsonschema_rs.meta.is_valid(kind.fields):
            title = f"The fields of the connection {kind.name} are no JSON Schema."
            yield _problem(module, "bad_fields", title, "See json-schema.org, 2020-12.")
            continue
        for name, schema in kind.fields["properties"].items():
            if SECRET_NAME.search(name) and "x-secret" not in schema:
                title = f"The field {name} of the connection {kind.name} sounds secret."
                hint = "Add x-secret: true, or x-secret: false when everyone may see it."
                yield _problem(module, "open_secret", title, hint)


def imports_only_the_sdk(module: Module) -> Iterator[Problem]:
    """The code imports `nexus` and nothing below it."""
    for file in sorted(module.folder.rglob("*.py")):
        if "tests" in file.relative_to(module.folder).parts:
            continue
        for line, names in _imports(file):
            if closed := [name for name in names if _is_closed(name)]:
                yield Problem(
                    code="closed_import",
                    title=f"A module may not import {closed[0]}.",
                    file=str(file),
                    line=line,
                    hint="Import from nexus: everything a module needs is there.",
                )


def has_tests(module: Module) -> Iterator[Problem]:
    """There is at least one test file."""
    folder = module.folder / "tests"
    if module.folder.parent == shipped():
        folder = shipped().parent / "tests" / "modules" / module.id
        if not folder.parent.exists():  # installed without the tests
            return
    if not list(folder.glob("test_*.py")):
        yield _problem(module, "no_tests", f"There is no test in {folder}.", "Write one.")


CHECKERS: tuple[Checker, ...] = (
    explains_itself,
    has_samples,
    is_permitted_what_it_does,
    moves_money_once,
    names_its_events,
    hides_secrets,
    imports_only_the_sdk,
    has_tests,
)


def _misfits(schema: Schema, sample: Any) -> Iterator[tuple[str, str]]:
    for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(sample):
        place = ".".join(str(part) for part in error.instance_path)
        yield f" at {place}" if place else "", error.message


def _imports(file: Path) -> Iterator[tuple[int, list[str]]]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield node.lineno, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = str(node.module)
            yield node.lineno, [module, *(f"{module}.{alias.name}" for alias in node.names)]


def _is_closed(name: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in CLOSED)


def _problem(module: Module, code: str, title: str, hint: str) -> Problem:
    return Problem(code=code, title=title, file=str(module.folder / FILE), hint=hint)

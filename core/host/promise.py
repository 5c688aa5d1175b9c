"""Whether a module's code offers what its manifest says, no more and no less."""

from collections.abc import Iterable, Iterator

from nexus.core.host.catalog import Module
from nexus.core.host.manifest import FILE, Manifest
from nexus.core.host.policy import unknown_roles
from nexus.core.model.problem import Problem


def promises(module: Module, manifest: Manifest) -> Iterator[Problem]:
    """Yield where the code offers other than the manifest says."""
    offered = [action.name.partition(".")[2] for action in module.actions]
    yield from _compare(module, "action", manifest.actions, offered)
    offered = [trigger.name.partition(".")[2] for trigger in module.triggers]
    yield from _compare(module, "trigger", manifest.triggers, offered)
    for role in unknown_roles(manifest):
        yield _broken_promise(
            module,
            f"The manifest grants something to the role {role}, which nobody describes.",
            "Name a role of Nexus, or describe this one under roles.",
        )
    for action in module.actions:
        if action.effect not in manifest.effects:
            yield _broken_promise(
                module,
                f"{action.name} has the effect {action.effect}, which is not permitted.",
                f"Add {action.effect} to permissions.effects, or change the action.",
            )
        if action.uses and action.uses not in manifest.connections:
            yield _broken_promise(
                module,
                f"{action.name} uses the connection {action.uses}, which is not declared.",
                f"Describe {action.uses} under connections.",
            )
    for test in module.tests:
        if test.kind not in manifest.connections:
            yield _broken_promise(
                module,
                f"{test.name} tries the connection {test.kind} out, which is not declared.",
                f"Describe {test.kind} under connections.",
            )


def _compare(
    module: Module, what: str, listed: Iterable[str], offered: list[str]
) -> Iterator[Problem]:
    for name in sorted(set(listed) - set(offered)):
        yield _broken_promise(
            module,
            f"The {what} {name} is listed but not offered.",
            "Return it from nexus_module() in __init__.py, or take it off the list.",
        )
    for name in sorted(set(offered) - set(listed)):
        yield _broken_promise(
            module,
            f"The {what} {name} is offered but not listed.",
            f"Add it to {what}s in {FILE}.",
        )
    for name in sorted({name for name in offered if offered.count(name) > 1}):
        yield _broken_promise(module, f"The {what} {name} is offered twice.", "Rename one.")


def _broken_promise(module: Module, title: str, hint: str) -> Problem:
    return Problem(code="broken_promise", title=title, file=str(module.folder / FILE), hint=hint)

"""Check and compile the call that takes a step back."""

from nexus.core.flow.arguments import inspect_arguments
from nexus.core.flow.beginnings import unknown
from nexus.core.flow.infer import Scope
from nexus.core.flow.plan import Call
from nexus.core.flow.report import Report
from nexus.core.flow.template import compile_template
from nexus.core.model.action import Catalog
from nexus.core.model.flow import Step

MARK = "undo:"  # no step id holds a colon, so an undo never meets a step of that name


def undo_of(step: str) -> str:
    """Return the name under which the ledger and the journal know a step's undo."""
    return f"{MARK}{step}"


def undone_step(name: str) -> str:
    """Return the step that such a name takes back, or an empty text for any other name."""
    return name.removeprefix(MARK) if name.startswith(MARK) else ""


def lay_undo(step: Step, catalog: Catalog, names: frozenset[str]) -> Call | None:
    """Return the call that takes a step back, if it says how; within a module by its connection."""
    if step.undo is None:
        return None
    action = catalog.action(step.undo.call)
    assert action is not None  # check() found it
    same = action.module == step.body["call"].partition(".")[0]
    return Call(
        step=undo_of(step.id),
        action=action,
        arguments=compile_template(step.undo.arguments, names),
        connection=step.undo.connection or (step.connection if same else None),
        retry=step.undo.retry or step.retry,
        timeout=action.timeout,
    )


def inspect_undo(step: Step, scope: Scope, catalog: Catalog, report: Report) -> None:
    """Check a step's undo; `scope` sees the step's own output by now."""
    if step.undo is None:
        return
    key, action = f"{step.id}/undo", catalog.action(step.undo.call)
    if action is None:
        unknown("action", step.undo.call, f"{key}/call", catalog, report)
        return
    inspect_arguments(step.undo.arguments, action.input, f"{key}/with", scope, report)
    if action.effect in ("pure", "read"):
        title = f"`{action.name}` changes nothing, so it takes nothing back."
        report.add("wrong_undo", title, f"{key}/call", hint="Name an action with an effect.")
    done = catalog.action(step.body["call"])
    if done is not None and done.effect in ("pure", "read"):
        title = f"`{done.name}` changes nothing, so there is nothing to take back."
        report.add("wrong_undo", title, key, hint="Take the `undo` out.")

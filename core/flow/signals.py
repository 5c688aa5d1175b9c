"""Check the steps that hear and speak: `listen`, `emit` and `run`."""

from collections.abc import Callable
from typing import Any

from nexus.core.flow.arguments import inspect_arguments, plain
from nexus.core.flow.duration import parse_duration
from nexus.core.flow.infer import Scope
from nexus.core.flow.inspect import inspect_value
from nexus.core.flow.moments import inspect_moments
from nexus.core.flow.report import Report
from nexus.core.flow.settings import validator
from nexus.core.flow.types import ANY, TEXT, YES_NO, Type, closed_map
from nexus.core.model.flow import Flow, Step

LONGEST_EARLY = 30 * 86_400_000_000
TEXTS = ("id", "source", "type", "subject", "time")
HEARD = closed_map(dict.fromkeys(TEXTS, TEXT) | {"data": ANY})
Known = Callable[[str], Flow | None]


def input_schema(flow: Flow) -> dict[str, Any]:
    """Return the JSON Schema of what a flow takes from a flow that runs it."""
    needed = [name for name, schema in flow.input.items() if "default" not in schema]
    return {
        "type": "object",
        "properties": dict(flow.input),
        "required": needed,
        "additionalProperties": False,
    }


def inspect_listen(step: Step, flow: Flow, scope: Scope, report: Report) -> Type:
    """Check what a step listens for and until when; return the type of its output."""
    written, key = step.body["listen"], f"{step.id}/listen"
    if "match" in written:
        found = inspect_value(written["match"], f"{key}/match", scope, report)
        if not found.can_be("string", "number"):
            title = f"`match` is a key, and this is {found}."
            report.add("wrong_type", title, f"{key}/match", expected="a text or a number")
    elif flow.key is None:
        hint = "Add `match`, or give the flow a `key`."
        report.add("missing_field", "`listen` needs the key to match.", key, hint=hint)
    _inspect_early(written, key, report)
    inspect_moments({k: v for k, v in written.items() if k != "event"}, key, scope, report)
    return closed_map({"timed_out": YES_NO, "event": HEARD})


def _inspect_early(written: dict[str, Any], key: str, report: Report) -> None:
    expected = "a duration of at most 30d"
    try:
        if parse_duration(written.get("early", "0s")).elapsed() <= LONGEST_EARLY:
            return
    except ValueError:
        pass
    title = f"`{written['early'][:40]}` is not how early an event may be."
    report.add("bad_duration", title, f"{key}/early", expected=expected)


def inspect_emit(step: Step, scope: Scope, report: Report) -> Type:
    """Check what a step tells; return the type of its output."""
    written, key = step.body["emit"], f"{step.id}/emit"
    if written["type"].startswith("core."):
        title = "Event types that begin with `core.` are told by Nexus itself."
        report.add("reserved_name", title, f"{key}/type", hint="Choose another first word.")
    for part in ("subject", "data"):
        if part in written:
            inspect_value(written[part], f"{key}/{part}", scope, report)
    return closed_map({"event": TEXT})


def inspect_run(step: Step, known: Known | None, scope: Scope, report: Report) -> Flow | None:
    """Check that the flow exists and takes what it is given; return it, if it is known."""
    given, key = step.body.get("with") or {}, f"{step.id}/with"
    name = step.body["run"]
    callee = known(name) if known is not None else None
    if callee is None:
        inspect_value(given, key, scope, report)
        if known is not None:
            hint = "Import that flow first; see `nexus flow list`."
            report.add("unknown_flow", f"There is no flow `{name}`.", f"{step.id}/run", hint=hint)
        return None
    inspect_arguments(given, input_schema(callee), key, scope, report)
    return callee


def fill_input(flow: Flow, given: dict[str, Any]) -> dict[str, Any]:
    """Return what a flow is given, with the defaults of what it is not given.

    Raises:
        ValueError: It does not fit what the flow takes.
    """
    if not flow.input:
        return given
    defaults = {name: one["default"] for name, one in flow.input.items() if "default" in one}
    filled = {**defaults, **given}
    for error in validator(input_schema(flow)).iter_errors(filled):
        place = ".".join(map(str, error.instance_path))
        raise ValueError(f"{place or 'what it is given'}: {plain(error.message)}")
    return filled


def inspect_top(flow: Flow, known: Known | None, report: Report) -> None:
    """Check what stands at the top of a flow and names other things."""
    for index, start in enumerate(flow.triggers):
        if start.answer and flow.output is None:
            title = "`answer` needs the flow's `output`: that is what the sender gets."
            report.add("missing_field", title, f"/trigger/{index}/answer")
    if flow.on_error and known is not None and known(flow.on_error) is None:
        report.add("unknown_flow", f"There is no flow `{flow.on_error}`.", "/on_error")

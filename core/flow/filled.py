"""The settings of a flow as an admin filled them in."""

from typing import Any

from nexus.core.flow.arguments import plain
from nexus.core.flow.near import did_you_mean, listed
from nexus.core.flow.report import Report
from nexus.core.flow.settings import validator
from nexus.core.model.flow import Flow
from nexus.core.model.problem import Problem


def defaults(flow: Flow) -> dict[str, Any]:
    """Return the settings that the flow itself gives a value."""
    return {
        name: schema["default"] for name, schema in flow.settings.items() if "default" in schema
    }


def check_settings(flow: Flow, filled: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the settings as they are filled in."""
    report = Report(flow)
    for name, schema in flow.settings.items():
        key = f"/settings/{name}"
        if name not in filled:
            title = f"The setting `{name}` has no value."
            report.add("missing_setting", title, key, hint="Fill it in, or give it a default.")
            continue
        for error in validator(schema).iter_errors(filled[name]):
            title = f"The setting `{name}` does not fit: {plain(error.message)}."
            report.add("wrong_setting", title, key)
    unknown = sorted(filled.keys() - flow.settings.keys())
    return [*report.problems(), *(_unknown_setting(flow, name) for name in unknown)]


def _unknown_setting(flow: Flow, name: str) -> Problem:
    """Say which settings there are; the value stands in no document, so no place is told."""
    known = listed(flow.settings, "and")
    hint = did_you_mean(name, flow.settings) or (known and f"Its settings are {known}.")
    title = f"The flow {flow.id} has no setting `{name[:80]}`."
    return Problem(code="unknown_setting", title=title, field=name, hint=hint)

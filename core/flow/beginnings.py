"""Check what a flow begins with: the modules it needs and the triggers that start it."""

from nexus.core.flow.arguments import inspect_constant, inspect_names
from nexus.core.flow.near import did_you_mean
from nexus.core.flow.report import Report
from nexus.core.flow.signals import input_schema
from nexus.core.flow.types import ANY, Type, from_schema
from nexus.core.model.action import Catalog
from nexus.core.model.flow import Flow


def check_modules(flow: Flow, catalog: Catalog, report: Report) -> None:
    """Check that every module which the flow names is active."""
    active = catalog.module_names()
    for module in flow.modules:
        if module not in active:
            report.add(
                "inactive_module",
                f"The module `{module}` is not active.",
                f"/modules/{flow.modules.index(module)}",
                hint=did_you_mean(module, active) or "Activate it, or remove it here.",
            )


def event_data(flow: Flow, catalog: Catalog, report: Report) -> Type:
    """Check the triggers and return the type of what they bring."""
    if flow.input and not flow.triggers:
        return from_schema(input_schema(flow))
    found = []
    for index, start in enumerate(flow.triggers):
        trigger = catalog.trigger(start.use)
        key = f"/trigger/{index}"
        if trigger is None:
            unknown("trigger", start.use, f"{key}/use", catalog, report)
            return ANY
        inspect_names(start.settings, trigger.input, f"{key}/with", report)
        for name, value in start.settings.items():
            inspect_constant(name, value, trigger.input, f"{key}/with/{name}", report)
        found.append(trigger.output)
    same = bool(found) and all(schema == found[0] for schema in found)
    return from_schema(found[0]) if same else ANY


def unknown(what: str, name: str, key: str, catalog: Catalog, report: Report) -> None:
    """Say that there is no such action or trigger, with the near name."""
    module = name.partition(".")[0]
    active = catalog.module_names()
    names = catalog.action_names() if what == "action" else catalog.trigger_names()
    if module in active:
        title = f"There is no {what} `{name}`."
        siblings = [known for known in names if known.startswith(f"{module}.")]
        hint = did_you_mean(name, siblings) or did_you_mean(name, names)
        report.add(f"unknown_{what}", title, key, hint=hint)
        return
    title = f"The module `{module}` of `{name}` is not active."
    hint = did_you_mean(name, names) or f"Activate `{module}`."
    report.add("inactive_module", title, key, hint=hint)

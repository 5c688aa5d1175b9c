"""Check a step that decides by a table, and find the type of its answer."""

from nexus.core.flow.arguments import inspect_arguments
from nexus.core.flow.decision.check import check_table
from nexus.core.flow.decision.decide import answer_of
from nexus.core.flow.infer import Scope
from nexus.core.flow.inspect import inspect_value
from nexus.core.flow.near import did_you_mean, listed
from nexus.core.flow.report import Report
from nexus.core.flow.types import ANY, Type
from nexus.core.model.action import Schema
from nexus.core.model.decision import Table
from nexus.core.model.flow import Flow, Step

WORDS = {"title", "description", "type", "enum", "minimum", "maximum", "format"}


def inspect_decision(step: Step, flow: Flow, scope: Scope, report: Report) -> Type:
    """Check the table and what it is given; return the type of its answer."""
    name, key = step.body["decide"], f"{step.id}/decide"
    given = step.body.get("with") or {}
    table = flow.tables.get(name)
    if table is None:
        known = flow.table_names
        hint = did_you_mean(name, known) or (f"There are {listed(known, 'and')}." if known else "")
        title = f"There is no decision table `{name}`."
        report.add("unknown_table", title, key, hint=hint or IMPORT)
        inspect_value(given, f"{step.id}/with", scope, report)
        return ANY
    for problem in check_table(table)[:1]:
        report.add("wrong_table", f"The table `{name}` is wrong: {problem.title}", key)
    inspect_arguments(given, schema_of(table), f"{step.id}/with", scope, report)
    return answer_of(table)


def schema_of(table: Table) -> Schema:
    """Return what a table takes as the JSON Schema of a map; every input must be given."""
    inputs = {name: _nullable(schema) for name, schema in table.inputs.items()}
    return {
        "type": "object",
        "properties": inputs,
        "required": list(inputs),
        "additionalProperties": False,
    }


def _nullable(schema: Schema) -> Schema:
    """Missing data is null, and a table may be given what is missing."""
    made = {word: schema[word] for word in WORDS & schema.keys()}
    made["type"] = [schema["type"], "null"]
    if "enum" in schema:
        made["enum"] = [*schema["enum"], None]
    return made


IMPORT = "Import it first: nexus decision import FILE"

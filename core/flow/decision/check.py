"""Check what a decision table means: its types, its cells, its answers, and that rules agree."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from nexus.core.flow.arguments import holds_expr, plain
from nexus.core.flow.decision.cell import CellError, Input
from nexus.core.flow.decision.overlap import Cells, Grid, Meeting
from nexus.core.flow.infer import Scope
from nexus.core.flow.inspect import inspect_condition, inspect_value
from nexus.core.flow.near import did_you_mean, listed
from nexus.core.flow.report import Report
from nexus.core.flow.settings import misshapen
from nexus.core.flow.types import Type, from_schema, misfit
from nexus.core.flow.words import RESERVED
from nexus.core.model.action import Schema
from nexus.core.model.decision import Table
from nexus.core.model.problem import Problem

MAX_PAIRS = 20  # overlaps that are told at once; a slip in one column makes hundreds


def check_table(table: Table) -> list[Problem]:
    """Return everything that is wrong with a table, in the order of the document."""
    return _Checker(table).run()


def scope_of(inputs: Mapping[str, Schema]) -> Scope:
    """Return the names that a table's expressions may use, with their types."""
    return Scope(names={name: from_schema(schema) for name, schema in inputs.items()}, gone={})


class _Checker:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._report = Report(table)
        self._scope = scope_of(table.inputs)
        self._wanted: dict[str, Type] = {}

    def run(self) -> list[Problem]:
        inputs = self._inputs()
        self._outputs()
        if not self._report.problems():
            cells = [self._rule(place, inputs) for place in range(len(self._table.rules))]
            self._otherwise()
            if not self._report.problems():
                self._agree(Grid(inputs, cells))
        return self._report.problems()

    def _inputs(self) -> dict[str, Input]:
        found = {}
        for name, schema in self._table.inputs.items():
            if name in RESERVED:
                title = f"An input cannot be called `{name}`: the word means something already."
                self._report.add("reserved_name", title, f"/inputs/{name}")
            found[name] = Input(name, schema)
        return found

    def _outputs(self) -> None:
        for name, detail in misshapen(self._table.outputs):
            title = f"The type of the output `{name}` is not a JSON Schema."
            self._report.add("bad_output", title, f"/outputs/{name}", detail=detail)
        self._wanted = {name: from_schema(kind) for name, kind in self._table.outputs.items()}

    def _rule(self, place: int, inputs: Mapping[str, Input]) -> Cells:
        rule, key = self._table.rules[place], f"/rules/{place}"
        inspect_condition(rule.condition, f"{key}/if", self._scope, self._report)
        self._answer(rule.then, f"{key}/then", f"Rule {place + 1}")
        cells = {}
        for name, written in rule.when.items():
            where = f"{key}/when/{name}"
            if name not in inputs:
                hint = did_you_mean(name, inputs) or f"The inputs are {listed(inputs, 'and')}."
                title = f"Rule {place + 1} tests `{name}`, which is no input of this table."
                self._report.add("unknown_input", title, where, hint=hint)
                continue
            try:
                cells[name] = inputs[name].read(written)
            except CellError as error:
                title = f"Rule {place + 1}, `{name}`: {error.message}"
                more = {"expected": error.expected, "hint": error.hint}
                self._report.add("bad_cell", title, where, **more)
        return cells

    def _answer(self, given: Mapping[str, Any], key: str, who: str) -> None:
        for name, value in given.items():
            where = f"{key}/{name}"
            if name not in self._wanted:
                known = self._wanted
                hint = did_you_mean(name, known) or f"The outputs are {listed(known, 'and')}."
                title = f"{who} answers `{name}`, which is no output of this table."
                self._report.add("unknown_output", title, where, hint=hint)
            else:
                self._fits(name, value, where, who)

    def _fits(self, name: str, value: Any, where: str, who: str) -> None:
        found = inspect_value(value, where, self._scope, self._report)
        if why := misfit(found, self._wanted[name]):
            self._report.add("wrong_type", f"{who}, `{name}`: {why}.", where)
        elif not holds_expr(value) and value is not None:
            errors = jsonschema_rs.iter_errors(dict(self._table.outputs[name]), value)
            for error in errors:
                words = f"{who}, `{name}`: {plain(error.message)}."
                self._report.add("wrong_value", words, where)
                return

    def _otherwise(self) -> None:
        if self._table.otherwise is None:
            return
        if self._table.hit == "collect":
            title = "A table that collects has no `else`: with no rule it answers an empty list."
            self._report.add("wrong_value", title, "/else")
        self._answer(self._table.otherwise, "/else", "`else`")

    def _agree(self, grid: Grid) -> None:
        """Look for rules that never match, and for what the hit policy forbids."""
        for place in range(len(self._table.rules)):
            if grid.is_void(place):
                title = f"Rule {place + 1} can never match."
                self._report.add("void_rule", title, f"/rules/{place}")
        if self._table.hit == "unique":
            self._unique(grid)
        elif self._table.hit == "first":
            self._reached(grid)

    def _unique(self, grid: Grid) -> None:
        """Rules with an `if` are left to the run: what they take cannot be told from here."""
        plain_ = [at for at, rule in enumerate(self._table.rules) if rule.condition is None]
        told = 0
        for number, second in enumerate(plain_):
            for first in plain_[:number]:
                meeting = grid.meet(first, second)
                if meeting and told < MAX_PAIRS:
                    told += 1
                    self._overlap(meeting)

    def _overlap(self, meeting: Meeting) -> None:
        shown = ", ".join(f"{name} = {_shown(value)}" for name, value in meeting.example.items())
        title = f"Rules {meeting.first + 1} and {meeting.second + 1} both match"
        hint = "Make them exclude each other, or let the table's `hit` be first or collect."
        words = f"{title} {shown}." if shown else f"{title} always."
        self._report.add("overlap", words, f"/rules/{meeting.second}", hint=hint)

    def _reached(self, grid: Grid) -> None:
        rules = self._table.rules
        for second in range(len(rules)):
            for first in range(second):
                if rules[first].condition is None and grid.hides(first, second):
                    title = f"Rule {second + 1} is never reached: rule {first + 1} takes it all."
                    hint = f"Move it above rule {first + 1}, or take it out."
                    self._report.add("unreachable_rule", title, f"/rules/{second}", hint=hint)
                    break


def _shown(value: Any) -> str:
    words = {True: "yes", False: "no", None: "nothing"}
    return words[value] if value is None or isinstance(value, bool) else str(value)

"""A decision table, compiled: inputs in, answer out."""

from collections.abc import Callable, Mapping
from typing import Any

from nexus.core.flow.decision.cell import Holds, Input
from nexus.core.flow.expr import compile_expr
from nexus.core.flow.near import listed
from nexus.core.flow.plan import Eval
from nexus.core.flow.template import compile_template
from nexus.core.flow.types import NUMBER, Type, closed_map, from_schema, list_of
from nexus.core.model.decision import Rule, Table

Row = tuple[tuple[tuple[str, Holds], ...], Eval | None, Eval]


class Undecided(Exception):  # noqa: N818 - the table has no answer; the step says so
    """Why a table gave no answer, in words."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class Decider:
    """A table that has been checked, ready to answer."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._inputs = {name: Input(name, schema) for name, schema in table.inputs.items()}
        names = frozenset(table.inputs)
        self._rows = [self._row(rule, names) for rule in table.rules]
        self._else = None if table.otherwise is None else self._then(table.otherwise, names)

    def _row(self, rule: Rule, names: frozenset[str]) -> Row:
        tests = ((name, self._inputs[name].read(cell)) for name, cell in rule.when.items())
        cells = tuple((name, test.holds) for name, test in tests if not test.always)
        condition = None if rule.condition is None else compile_expr(rule.condition, names)
        return cells, condition, self._then(rule.then, names)

    def _then(self, written: Mapping[str, Any], names: frozenset[str]) -> Eval:
        """An answer has every output; one that a rule leaves out is null."""
        return compile_template(dict.fromkeys(self.table.outputs) | dict(written), names)

    def matching(self, given: Mapping[str, Any]) -> list[int]:
        """Return the rules (counted from 0) that match.

        Raises:
            Undecided: An input is not what the table takes.
        """
        return [place for place, row in enumerate(self._rows) if self._matches(row, given)]

    def decide(self, given: dict[str, Any]) -> Any:
        """Return the table's answer.

        Raises:
            Undecided: An input does not fit, no rule matches, or several of a `unique` table do.
        """
        given = {name: given.get(name) for name in self._inputs}
        self._check(given)
        return ANSWERS[self.table.hit](self, given)

    def _check(self, given: Mapping[str, Any]) -> None:
        for name, one in self._inputs.items():
            if not one.accepts(given[name]):
                shown = str(given[name])[:60]
                words = f"The table {self.table.id} cannot take {shown!r} for `{name}`."
                raise Undecided("bad_input", words, f"It takes {one.expected()}.")

    def _matches(self, row: Row, given: Mapping[str, Any]) -> bool:
        cells, condition, _ = row
        for name, holds in cells:
            if not holds(given[name]):
                return False
        return condition is None or condition(dict(given)) is True

    def _first(self, given: dict[str, Any]) -> Any:
        for row in self._rows:
            if self._matches(row, given):
                return row[2](given)
        return self._nothing(given)

    def _unique(self, given: dict[str, Any]) -> Any:
        found = self.matching(given)
        if len(found) > 1:
            rules = listed((str(place + 1) for place in found), "and").replace("`", "")
            words = f"Rules {rules} of the table {self.table.id} match at once."
            hint = "Their `if` must exclude each other; or let the table's `hit` be first."
            raise Undecided("several_rules", words, hint)
        return self._rows[found[0]][2](given) if found else self._nothing(given)

    def _collect(self, given: dict[str, Any]) -> Any:
        items = [self._rows[place][2](given) for place in self.matching(given)]
        return {"items": items, "count": len(items)}

    def _nothing(self, given: dict[str, Any]) -> Any:
        if self._else is not None:
            return self._else(given)
        shown = ", ".join(f"{name} = {value}"[:60] for name, value in given.items())
        words = f"No rule of the table {self.table.id} matches {shown or 'anything'}."
        raise Undecided("no_rule", words, "Add a rule for it, or an `else` to the table.")


ANSWERS: Mapping[str, Callable[[Decider, dict[str, Any]], Any]] = {
    "unique": Decider._unique,
    "first": Decider._first,
    "collect": Decider._collect,
}


def answer_of(table: Table) -> Type:
    """Return the type of what a table answers."""
    answer = closed_map({name: from_schema(schema) for name, schema in table.outputs.items()})
    if table.hit != "collect":
        return answer
    return closed_map({"items": list_of(answer), "count": NUMBER})

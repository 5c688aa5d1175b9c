"""Compile a checked flow to the flat list of instructions that the run room walks.

Each kind has a function that lays out its instructions from a place `pc` on; a block is the
instructions of a list of steps, one after another.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nexus.core.flow.check import check, loop_names
from nexus.core.flow.decision.decide import Decider
from nexus.core.flow.expr import compile_expr
from nexus.core.flow.filled import check_settings, defaults
from nexus.core.flow.plan import (
    Call,
    Case,
    Decide,
    EndGuard,
    EndTry,
    Eval,
    For,
    Goto,
    Guard,
    Next,
    Op,
    Plan,
    Raise,
    Set,
    Switch,
    Try,
    Wait,
)
from nexus.core.flow.template import compile_template
from nexus.core.flow.undo import undo_of
from nexus.core.flow.words import ROOTS
from nexus.core.model.action import Action, Catalog
from nexus.core.model.decision import Table
from nexus.core.model.flow import Flow, Step
from nexus.core.model.problem import Refused

__all__ = ["check", "compile_plan"]

Names = frozenset[str]
AT_START: Names = frozenset({"event", "settings"})


def compile_plan(
    flow: Flow,
    catalog: Catalog,
    *,
    settings: dict[str, Any],
    version: int,
    version_id: int = 0,
    zone: str = "UTC",
) -> Plan:
    """Check and compile a flow; `settings` are what the admin filled in.

    Raises:
        Refused: With every problem found.
    """
    filled = {**defaults(flow), **settings}
    if problems := [*check(flow, catalog), *check_settings(flow, filled)]:
        raise Refused(*problems)
    compiler = _Compiler(catalog, flow.tables)
    return Plan(
        flow=flow,
        version=version,
        version_id=version_id,
        zone=zone,
        settings=filled,
        ops=tuple(compiler.block(flow.do, 0, ROOTS)),
        condition=_condition(flow.condition, AT_START),
        key=_condition(flow.key, AT_START),
    )


def _condition(source: str | None, names: Names) -> Eval | None:
    return None if source is None else compile_expr(source, names)


class _Compiler:
    """Lay out instructions. `names` are those that expressions may use at that place."""

    def __init__(self, catalog: Catalog, tables: Mapping[str, Table]) -> None:
        self._catalog = catalog
        self._tables = tables

    def block(self, steps: tuple[Step, ...], pc: int, names: Names) -> list[Op]:
        """Return the instructions of steps, the first of which stands at `pc`."""
        found: list[Op] = []
        for step in steps:
            guarded = step.on_error and step.on_error.act != "retry"
            lay: Callable[[Step, int, Names], list[Op]]
            lay = self._guard if guarded else getattr(self, f"_{step.kind}")
            found += lay(step, pc + len(found), names)
        return found

    def _guard(self, step: Step, pc: int, names: Names) -> list[Op]:
        """Lay a step out between what opens and what closes its `on_error`."""
        remedy = step.on_error
        assert remedy is not None
        body = self.block((replace(step, condition=None, on_error=None),), pc + 1, names)
        route_at = pc + len(body) + 2
        steps = remedy.lane.do if remedy.lane else ()
        route = self.block(steps, route_at, names | {remedy.name})
        end = route_at + len(route)
        head = Guard(
            **self._head(step, names, end),
            catch=route_at,
            end=end,
            name=remedy.name if remedy.lane else "",
            on=remedy.on,
            act=remedy.act,
        )
        return [head, *body, EndGuard(step=step.id, end=end), *route]

    def _head(self, step: Step, names: Names, skip: int) -> dict[str, Any]:
        """Return what every first instruction of a step has; `skip` is what follows the step."""
        return {
            "step": step.id, "condition": _condition(step.condition, names), "skip": skip
        }  # fmt: skip

    def _call(self, step: Step, pc: int, names: Names) -> list[Op]:
        action = self._catalog.action(step.body["call"])
        assert action is not None  # check() found it
        call = Call(
            **self._head(step, names, pc + 1),
            action=action,
            arguments=compile_template(step.body.get("with") or {}, names),
            connection=step.connection,
            retry=step.retry,
            timeout=action.timeout if step.timeout is None else step.timeout,
            insist=step.on_error.on if step.on_error else None,
            undo=self._undo(step, names),
        )
        return [call]

    def _undo(self, step: Step, names: Names) -> Call | None:
        if step.undo is None:
            return None
        action = self._catalog.action(step.undo.call)
        assert action is not None  # check() found it
        return Call(
            step=undo_of(step.id),
            action=action,
            arguments=compile_template(step.undo.arguments, names),
            connection=step.undo.connection or self._shared(step, action),
            retry=step.undo.retry or step.retry,
            timeout=action.timeout,
        )

    def _shared(self, step: Step, action: Action) -> str | None:
        """An undo by the same module goes through the step's own connection."""
        same = action.module == step.body["call"].partition(".")[0]
        return step.connection if same else None

    def _decide(self, step: Step, pc: int, names: Names) -> list[Op]:
        decider = Decider(self._tables[step.body["decide"]])
        given = compile_template(step.body.get("with") or {}, names)
        head = self._head(step, names, pc + 1)
        return [Decide(**head, arguments=given, decide=decider.decide)]

    def _set(self, step: Step, pc: int, names: Names) -> list[Op]:
        value = compile_template(step.body["set"], names)
        return [Set(**self._head(step, names, pc + 1), value=value)]

    def _switch(self, step: Step, pc: int, names: Names) -> list[Op]:
        bodies: list[list[Op]] = []
        cases: list[Case] = []
        end = pc + 1
        for lane in step.lanes:
            cases.append(Case(name=lane.name, condition=_condition(lane.condition, names), pc=end))
            bodies.append(self.block(lane.do, end, names))
            end += len(bodies[-1]) + 1
        head = Switch(**self._head(step, names, end), cases=tuple(cases), end=end)
        leave = Goto(step=step.id, pc=end)
        return [head, *(op for body in bodies for op in (*body, leave))]

    def _for(self, step: Step, pc: int, names: Names) -> list[Op]:
        name, index = loop_names(step, names)
        body = self.block(step.lanes[0].do, pc + 1, names | {name, index})
        end = pc + len(body) + 2
        head = For(
            **self._head(step, names, end),
            items=compile_template(step.body["for"], names),
            name=name,
            index_name=index,
            body=pc + 1,
            end=end,
            ids=tuple(turn_ids(step.lanes[0].do)),
            pure=not any(isinstance(op, Call | Wait) for op in body),
        )
        return [head, *body, Next(step=step.id, loop=pc)]

    def _try(self, step: Step, pc: int, names: Names) -> list[Op]:
        tried, caught = step.lanes
        catch = step.body["catch"]
        name = catch.get("as", "error")
        body = self.block(tried.do, pc + 1, names)
        rescue_at = pc + len(body) + 2
        rescue = self.block(caught.do, rescue_at, names | {name})
        end = rescue_at + len(rescue)
        on = tuple(catch.get("on") or ())
        head = Try(**self._head(step, names, end), catch=rescue_at, end=end, name=name, on=on)
        return [head, *body, EndTry(step=step.id, end=end), *rescue]

    def _wait(self, step: Step, pc: int, names: Names) -> list[Op]:
        written = step.body["wait"]
        moments = {"for": written} if isinstance(written, str) else written
        made = {word: compile_template(text, names) for word, text in moments.items()}
        head = self._head(step, names, pc + 1)
        return [Wait(**head, duration=made.get("for"), until=made.get("until"))]

    def _raise(self, step: Step, pc: int, names: Names) -> list[Op]:
        written = step.body["raise"]
        message = compile_template(written["message"], names)
        return [Raise(**self._head(step, names, pc + 1), code=written["code"], message=message)]


def turn_ids(steps: tuple[Step, ...]) -> list[str]:
    """Return the ids whose outputs belong to one turn: a loop inside has turns of its own."""
    found = []
    for step in steps:
        found.append(step.id)
        if step.kind != "for":
            for lane in step.lanes:
                found.extend(turn_ids(lane.do))
        if step.on_error and step.on_error.lane:
            found.extend(turn_ids(step.on_error.lane.do))
    return found

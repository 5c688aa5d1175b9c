"""Check what a flow means: its actions and triggers exist, its expressions can be calculated.

`check` finds every problem without raising. It walks the steps in the order in which they run,
learning the type of each output from the action's schema as it goes.
"""

from nexus.core.flow.arguments import holds_expr, inspect_arguments
from nexus.core.flow.beginnings import check_modules, event_data, unknown
from nexus.core.flow.decision.use import inspect_decision
from nexus.core.flow.infer import Scope
from nexus.core.flow.inspect import inspect_condition, inspect_expr, inspect_value
from nexus.core.flow.moments import inspect_moment, inspect_moments
from nexus.core.flow.report import Report
from nexus.core.flow.signals import (
    Known,
    inspect_emit,
    inspect_listen,
    inspect_run,
    inspect_top,
)
from nexus.core.flow.steps import inner_ids, loop_names
from nexus.core.flow.types import (
    ANY,
    NOTHING,
    NUMBER,
    TEXT,
    YES_NO,
    Type,
    closed_map,
    from_schema,
    list_of,
)
from nexus.core.flow.undo import inspect_undo
from nexus.core.flow.words import RESERVED
from nexus.core.model.action import Catalog
from nexus.core.model.flow import Flow, Lane, Step
from nexus.core.model.problem import Problem

RUN = closed_map({"id": TEXT, "started": TEXT})
ERROR = closed_map({"code": TEXT, "message": TEXT, "step": TEXT})
LATER = "It comes later in the flow, and a step reads only what ran before it."
ITSELF = "A step cannot read its own output."
AROUND = "It holds this step, and is not over yet."


def check(flow: Flow, catalog: Catalog, known: Known | None = None) -> list[Problem]:
    """Return everything that is wrong with a flow, in the order of the document.

    `known` finds the flows that it runs; without it, those are taken as they are.
    """
    return _Checker(flow, catalog, known).run()


def output_of(flow: Flow, catalog: Catalog) -> Type:
    """Return the type of what a flow gives to whoever ran it."""
    checker = _Checker(flow, catalog, None)
    checker.run()
    return checker.output


class _Checker:
    """Walk a flow once. `seen` are the outputs that a step may read, `gone` why others are not."""

    def __init__(self, flow: Flow, catalog: Catalog, known: Known | None) -> None:
        self._flow = flow
        self._catalog = catalog
        self._known = known
        self.output: Type = NOTHING
        self._report = Report(flow)
        self._seen: dict[str, Type] = {}
        self._gone = dict.fromkeys(inner_ids(flow.do), LATER)

    def run(self) -> list[Problem]:
        check_modules(self._flow, self._catalog, self._report)
        inspect_top(self._flow, self._known, self._report)
        data = event_data(self._flow, self._catalog, self._report)
        event = closed_map(
            dict.fromkeys(("id", "source", "type", "subject", "time"), TEXT) | {"data": data}
        )
        settings = {name: from_schema(schema) for name, schema in self._flow.settings.items()}
        start = Scope(names={"event": event, "settings": closed_map(settings)}, gone={})
        inspect_condition(self._flow.condition, "/if", start, self._report)
        if self._flow.key is not None:
            inspect_expr(self._flow.key, "/key", start, self._report)
        names = {**start.names, "run": RUN, "steps": closed_map(self._seen)}
        scope = Scope(names=names, gone=self._gone)
        self._lane(self._flow.do, scope)
        if self._flow.output is not None:
            self.output = inspect_value(self._flow.output, "/output", scope, self._report)
        return self._report.problems()

    def _lane(self, steps: tuple[Step, ...], scope: Scope) -> None:
        for step in steps:
            self._gone[step.id] = ITSELF
            inspect_condition(step.condition, f"{step.id}/if", scope, self._report)
            output: Type = getattr(self, f"_{step.kind}")(step, scope)
            self._on_error(step, scope)
            del self._gone[step.id]
            self._seen[step.id] = output
            inspect_undo(step, scope, self._catalog, self._report)

    def _call(self, step: Step, scope: Scope) -> Type:
        name = step.body["call"]
        action = self._catalog.action(name)
        given, key = step.body.get("with") or {}, f"{step.id}/with"
        if action is None:
            unknown("action", name, f"{step.id}/call", self._catalog, self._report)
            inspect_value(given, key, scope, self._report)
            return ANY
        inspect_arguments(given, action.input, key, scope, self._report)
        return from_schema(action.output)

    def _set(self, step: Step, scope: Scope) -> Type:
        return inspect_value(step.body["set"], f"{step.id}/set", scope, self._report)

    def _decide(self, step: Step, scope: Scope) -> Type:
        return inspect_decision(step, self._flow, scope, self._report)

    def _on_error(self, step: Step, scope: Scope) -> None:
        """Walk the way of a failure; it does not see the step that failed."""
        remedy = step.on_error
        if remedy and remedy.lane:
            self._check_name(remedy.name, f"{step.id}/on_error/as", scope)
            self._lane(remedy.lane.do, scope.with_name(remedy.name, ERROR))

    def _switch(self, step: Step, scope: Scope) -> Type:
        self._gone[step.id] = AROUND
        for index, lane in enumerate(step.lanes):
            key = f"{step.id}/switch/{index}/if"
            inspect_condition(lane.condition, key, scope, self._report)
        self._ways(step, [scope] * len(step.lanes))
        return closed_map({"case": TEXT})

    def _ways(self, step: Step, scopes: list[Scope]) -> None:
        """Walk lanes of which one runs: they do not see each other, what follows sees all."""
        kept: dict[str, Type] = {}
        for lane, scope in zip(step.lanes, scopes, strict=True):
            self._lane(lane.do, scope)
            other = f"It is in another case of `{step.id}`, and only one case runs."
            kept |= self._take_out(lane, other)
        self._put_back(kept)

    def _take_out(self, lane: Lane, why: str) -> dict[str, Type]:
        ids = [name for name in inner_ids(lane.do) if name in self._seen]
        self._gone.update(dict.fromkeys(ids, why))
        return {name: self._seen.pop(name) for name in ids}

    def _put_back(self, kept: dict[str, Type]) -> None:
        self._seen.update(kept)
        for name in kept:
            del self._gone[name]

    def _for(self, step: Step, scope: Scope) -> Type:
        item = self._items(step, scope)
        self._gone[step.id] = AROUND
        name, index = loop_names(step, scope.names)
        self._check_name(name, f"{step.id}/as", scope)
        self._check_name(index, f"{step.id}/at", scope.with_name(name, item))
        inside = scope.with_name(name, item).with_name(index, NUMBER)
        self._lane(step.lanes[0].do, inside)
        why = f"It runs inside the loop `{step.id}`: read `steps.{step.id}.items`."
        turn = self._take_out(step.lanes[0], why)
        return closed_map({"items": list_of(closed_map(turn)), "count": NUMBER})

    def _items(self, step: Step, scope: Scope) -> Type:
        written, key = step.body["for"], f"{step.id}/for"
        if isinstance(written, str) and not holds_expr(written):
            hint = f'Write it as an expression: "{{{{ {written[:60]} }}}}".'
            self._report.add(
                "wrong_type", "A loop goes through a list, not a text.", key, hint=hint
            )
            return ANY
        found = inspect_value(written, key, scope, self._report)
        if not found.can_be("array"):
            title = f"A loop goes through a list, and this is {found}."
            self._report.add("wrong_type", title, key)
        return found.items() if found.kinds == {"array"} else ANY

    def _check_name(self, name: str, key: str, scope: Scope) -> None:
        if name in scope.names or name in RESERVED:
            title = f"`{name}` means something else here already."
            hint = f"Choose another name with `{key.rpartition('/')[2]}`."
            self._report.add("reserved_name", title, key, hint=hint)

    def _try(self, step: Step, scope: Scope) -> Type:
        self._gone[step.id] = AROUND
        tried, caught = step.lanes
        name = step.body["catch"].get("as", "error")
        self._check_name(name, f"{step.id}/catch/as", scope)
        self._lane(tried.do, scope)
        self._lane(caught.do, scope.with_name(name, ERROR))
        return closed_map({"failed": YES_NO})

    def _wait(self, step: Step, scope: Scope) -> Type:
        written, key = step.body["wait"], f"{step.id}/wait"
        if isinstance(written, str):
            inspect_moment(written, "for", key, scope, self._report)
        else:
            inspect_moments(written, key, scope, self._report, needed=True)
        return closed_map({"waited": YES_NO})

    def _listen(self, step: Step, scope: Scope) -> Type:
        output = inspect_listen(step, self._flow, scope, self._report)
        del self._gone[step.id]
        self._seen[step.id] = output  # its ways run when it is over
        self._ways(step, [scope] * len(step.lanes))
        del self._seen[step.id]
        self._gone[step.id] = ITSELF
        return output

    def _emit(self, step: Step, scope: Scope) -> Type:
        return inspect_emit(step, scope, self._report)

    def _run(self, step: Step, scope: Scope) -> Type:
        callee = inspect_run(step, self._known, scope, self._report)
        if step.body.get("detached"):
            return closed_map({"run": TEXT})
        return ANY if callee is None else output_of(callee, self._catalog)

    def _raise(self, step: Step, scope: Scope) -> Type:
        written = step.body["raise"]
        inspect_value(written["message"], f"{step.id}/raise/message", scope, self._report)
        return ANY

"""Tell of a skipped step which data its `if` looked for and did not find."""

from dataclasses import replace

from nexus.core.flow.absent import absent
from nexus.core.flow.plan import Plan
from nexus.core.model.event import Event
from nexus.core.model.view import StepView
from nexus.core.run.view import walk


def with_missing(steps: tuple[StepView, ...], plan: Plan, event: Event) -> tuple[StepView, ...]:
    """Add to each skipped step which data its `if` looked for and did not find."""
    conditions = {place.step.id: place.step.condition for place in walk(plan.flow.do)}
    outputs = {step.id: step.output for step in steps if not step.turn}
    context = {"event": event.as_context(), "settings": plan.settings, "run": {}}

    def look(step: StepView) -> StepView:
        condition = conditions.get(step.id)
        if step.state != "skipped" or condition is None:
            return step
        here = {one.id: one.output for one in steps if one.turn == step.turn}
        found = absent(condition, {**context, "steps": outputs | here})
        return replace(step, missing=found)

    return tuple(look(step) for step in steps)

"""OpenTelemetry traces of runs that ended, read from their journals.

A run costs nothing more while it runs, and a trace may span a month and three restarts. All runs
of an event are one trace: from its arrival to the last step's last try.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nexus.core.model import ids
from nexus.core.model.problem import Problem, Refused
from nexus.core.model.run import RunState
from nexus.core.model.view import AttemptView, RunView, StepView
from nexus.core.upkeep.follow import Happening

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
NANO = 1000


class Traces:
    """Sends the trace of each run that ends to a collector."""

    def __init__(self, show: Callable[[str], RunView], processor: "SpanProcessor") -> None:
        self._show = show
        self._processor = processor

    def tell(self, happening: Happening) -> None:
        """Send a run's spans, once it is over."""
        if happening.state is not None and happening.state.is_over:
            for span in spans(self._show(ids.write("run", happening.run))):
                self._processor.on_end(span)

    def close(self) -> None:
        """Send what is left."""
        self._processor.shutdown()


def open_traces(show: Callable[[str], RunView]) -> Traces:
    """Return what sends traces to `$OTEL_EXPORTER_OTLP_ENDPOINT`.

    Raises:
        Refused: The extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra
    except ImportError:
        raise Refused(_not_installed()) from None
    return Traces(show, BatchSpanProcessor(OTLPSpanExporter()))


def spans(view: RunView) -> Iterator["ReadableSpan"]:
    """Yield the spans of a run: its own, below it its steps, below each its tries."""
    row, end = view.row, view.row.ended or view.now
    run_id = ids.write("run", row.id)
    trace = _number(16, "trace", str(row.event_id))
    about = {"nexus.run": run_id, "nexus.flow": row.flow_id, "nexus.version": row.version}
    about |= {"nexus.event": ids.write("evt", row.event_id), "nexus.event_type": view.event.type}
    code = row.fault.code if row.state is RunState.FAILED and row.fault else ""
    mine = _number(8, run_id)
    yield _span(f"run {row.flow_id}", trace, mine, 0, (row.started, end), about, code)
    for step in view.steps:
        if step.started is not None:
            yield from _of_step(step, run_id, trace, mine, end)


def _of_step(
    step: StepView, run_id: str, trace: int, parent: int, over: int
) -> Iterator["ReadableSpan"]:
    mine = _number(8, run_id, step.id, step.turn)
    about: dict[str, Any] = {"nexus.step": step.id, "nexus.kind": step.kind, "nexus.use": step.use}
    if step.turn:
        about["nexus.turn"] = step.turn
    code = step.fault.code if step.state in ("failed", "unknown") and step.fault else ""
    times = (step.started or over, step.ended or over)
    yield _span(f"step {step.id}", trace, mine, parent, times, about, code)
    for attempt in step.attempts:
        yield _of_attempt(attempt, (trace, mine, run_id), step, over)


def _of_attempt(
    attempt: AttemptView, where: tuple[int, int, str], step: StepView, over: int
) -> "ReadableSpan":
    trace, parent, run_id = where
    mine = _number(8, run_id, step.id, step.turn, str(attempt.number))
    code = attempt.fault.code if attempt.fault else ""
    times = (attempt.started, attempt.ended or over)
    about = {"nexus.step": step.id, "nexus.attempt": attempt.number}
    return _span(f"try {step.id}", trace, mine, parent, times, about, code)


def _span(
    name: str,
    trace: int,
    span: int,
    parent: int,
    times: tuple[int, int],
    about: dict[str, Any],
    code: str,
) -> "ReadableSpan":
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415
    from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags  # noqa: PLC0415

    def context(number: int) -> SpanContext:
        return SpanContext(trace, number, is_remote=False, trace_flags=TraceFlags(1))

    return ReadableSpan(
        name=name,
        context=context(span),
        parent=context(parent) if parent else None,
        resource=Resource.create({"service.name": "nexus"}),
        attributes=about | ({"error.type": code} if code else {}),
        status=Status(StatusCode.ERROR, code) if code else Status(StatusCode.OK),
        start_time=times[0] * NANO,
        end_time=max(times) * NANO,
    )


def _number(size: int, *parts: str) -> int:
    """Return an id that is the same whenever this span is made again."""
    return int.from_bytes(hashlib.blake2b("|".join(parts).encode(), digest_size=size).digest())


def _not_installed() -> Problem:
    return Problem(
        code="not_installed",
        title=f"${ENDPOINTS[0]} is set, but OpenTelemetry is not installed.",
        hint="pip install 'nexus[otel]', or take the variable away.",
    )

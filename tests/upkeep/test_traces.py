"""A run that ended becomes one trace, sent to a real collector's address."""

import gzip

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the extra is not installed")

from functools import partial

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from nexus.core.upkeep.follow import Follower
from nexus.core.upkeep.traces import open_traces


def spans_in(requests):
    found = []
    for request in requests:
        if request.path != "/v1/traces":
            continue
        raw = request.body
        if request.headers.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        for resource in ExportTraceServiceRequest.FromString(raw).resource_spans:
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


def told(span):
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_one_trace_goes_from_the_event_to_the_last_step(
    nexus, owner, clock, tell, send, http_sink, monkeypatch, until
):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", http_sink.url)
    traces = open_traces(partial(nexus.runs.show, owner))
    Follower(nexus.engine, (traces.tell,))
    http_sink.answers = [(500, b"{}")]
    receipt = send(tell, b'{"later": true}')
    nexus.runs.wait(owner, receipt.run_ids[0], 0.2)
    for _ in range(3):
        clock.advance(2 * 3600)
        nexus.engine.wake()
        nexus.runs.wait(owner, receipt.run_ids[0], 2)
    until(lambda: nexus.runs.wait(owner, receipt.run_ids[0], 1).state.is_over)
    until(lambda: traces._processor.force_flush(2000) and spans_in(http_sink.requests))
    traces.close()
    spans = spans_in(http_sink.requests)
    by_name = {span.name: span for span in spans}
    root, step = by_name["run tell"], by_name["step told"]
    assert {span.trace_id for span in spans} == {root.trace_id}
    assert (root.parent_span_id, step.parent_span_id) == (b"", root.span_id)
    tries = [span for span in spans if span.name == "try told"]
    assert [span.parent_span_id for span in tries] == [step.span_id] * 2
    assert told(tries[0])["error.type"] != told(tries[1]).get("error.type")
    assert told(root)["nexus.run"] == receipt.run_ids[0]
    assert told(root)["nexus.event"] == receipt.event_id
    for span in spans:
        assert root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano

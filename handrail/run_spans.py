"""Spans of runs that outlive their worker.

Hazard (temporalio 1.35.0, opentelemetry-api 1.x, November 2026): a worker that stops forgets the runs that wait. Python
throws their coroutines away wherever it collects garbage, which leaves each open span from another context: it is
exported as if the run had ended, and OpenTelemetry logs `Failed to detach context`. The run has not ended: the next
worker goes on with it, makes the same span anew, and ends that one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, Tracer
from temporalio import workflow
from temporalio.contrib.opentelemetry import ReplaySafeTracerProvider


class RunSpans(ReplaySafeTracerProvider):
    """A provider whose spans are left open when a run is forgotten, and are as they were in all else."""

    def __init__(self, provider: ReplaySafeTracerProvider) -> None:
        self._provider = provider

    def get_tracer(self, *args: Any, **kwargs: Any) -> Tracer:
        return _RunTracer(self._provider.get_tracer(*args, **kwargs))

    def add_span_processor(self, span_processor: SpanProcessor) -> None:
        self._provider.add_span_processor(span_processor)

    def shutdown(self) -> None:
        self._provider.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._provider.force_flush(timeout_millis)

    def id_generator(self) -> Any:
        return self._provider.id_generator()


class _RunTracer(Tracer):
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def start_span(self, *args: Any, **kwargs: Any) -> Span:
        return self._tracer.start_span(*args, **kwargs)

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        if workflow.in_workflow():
            return _in_run(self._tracer, *args, **kwargs)
        return self._tracer.start_as_current_span(*args, **kwargs)


@contextmanager
def _in_run(
    tracer: Tracer, name: str, *args: Any, record_exception: bool = True, set_status_on_exception: bool = True,
    end_on_exit: bool = True, **kwargs: Any,
) -> Iterator[Span]:  # fmt: skip
    span = tracer.start_span(name, *args, **kwargs)
    token = contexts.attach(trace.set_span_in_context(span))
    forgotten = False
    try:
        yield span
    except GeneratorExit:
        forgotten = True  # its context is gone with it: nothing is left to detach
        raise
    except Exception as failure:
        if record_exception:
            span.record_exception(failure)
        if set_status_on_exception:
            span.set_status(Status(StatusCode.ERROR, f"{type(failure).__name__}: {failure}"))
        raise
    finally:
        if not forgotten:
            contexts.detach(token)
        if end_on_exit and not forgotten:
            span.end()

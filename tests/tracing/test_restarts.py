"""A run that waits outlives its workers: the one that goes says nothing of it, the one that ends it ends its span."""

import asyncio
import gc
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.shop import Shop
from tests.policies.annex import annexed


def of_run(spans: InMemorySpanExporter, answer: Answer) -> list[ReadableSpan]:
    runs = [span for span in spans.get_finished_spans() if span.name.startswith("RunWorkflow:")]
    return [span for span in runs if str((span.attributes or {})["temporalWorkflowID"]).endswith(answer.reference)]


@pytest.mark.full
async def test_a_worker_that_goes_leaves_no_noise_and_the_run_stays_one_span(
    desk: Desk, shop: Shop, temporal_address: str, tmp_path: Path, spans: InMemorySpanExporter,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    order = await shop.sell(30_000)
    async with annexed(desk, temporal_address, tmp_path, working=False) as annex:
        async with annex.house.worker():
            gated = await (await annex.caller(order)).refund_confirmed()
        async with annex.house.worker():
            await annex.person("supervisor").decide(gated)
            answer = await annex.end(gated)
    for _ in range(8):  # what the first worker left behind, and what is let go of with it
        gc.collect()
        await asyncio.sleep(0)

    assert (gated.status, answer.status) == ("needs_approval", "done")
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []
    [run] = of_run(spans, answer)
    assert run.start_time
    assert run.end_time
    assert run.start_time < run.end_time

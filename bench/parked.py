"""`python -m bench.parked [--runs 1000]`: runs parked at the gates of all processes. What they cost while they wait,
what reading the inbox and deciding cost among them, and what a restart of the worker costs. A thousand take about
twenty minutes. Results in `bench/out/parked.json`."""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path
from typing import Any

from bench.cells import percentile
from bench.memory import resident_mib
from bench.results import folder
from handrail.embedded import Stack
from handrail.settings import Settings
from tests.full.parking import APPROVAL, Parked, Yard, restarted
from tests.full.rig import Rig, together

FEW = 10
DECIDED = 20
READS = 100
SMALL_CACHE = 100
_PARTS = ["temporal", "simulators", "worker", "gateway"]
Found = dict[str, Any]


async def measure(runs: int) -> Found:
    with tempfile.TemporaryDirectory(prefix="handrail-parked-") as scratch:
        settings = Settings(requests_per_minute=1_000_000)
        async with Stack(Path(scratch) / "home", restart=False, parts=_PARTS, settings=settings) as stack:
            rig = Rig(stack)
            try:
                return await _measured(rig, runs)
            finally:
                await rig.close()


async def _measured(rig: Rig, runs: int) -> Found:
    yard = await Yard.laid_out(rig, runs)
    found: Found = {"runs": runs, "memory_mib": {"none parked": _memory(rig)}}
    found["parking_s"] = await _parked(rig, yard, found)
    some = iter([run for run in yard.runs if run.gate is APPROVAL])
    decided = min(DECIDED, runs // 12)
    found["decide_ms"] = {"in memory": await _decided(rig, await _asked(rig, islice(some, decided)))}
    cold = await _asked(rig, islice(some, decided))
    found["restart"] = await _restarted(rig, cold, found)
    found["replayed_s"] = await _touched(yard, len(yard.runs))
    found["memory_mib"]["all replayed"] = _memory(rig)
    await restarted(rig, CACHED_RUNS=str(SMALL_CACHE))
    await _touched(yard, 3 * SMALL_CACHE)
    found["memory_mib"][f"replayed, {SMALL_CACHE} kept"] = _memory(rig)
    start = time.perf_counter()
    answers = await yard.resume(yard.runs)
    found["drained_s"] = time.perf_counter() - start
    found["wrong"] = await yard.wrong(answers)
    return found


async def _parked(rig: Rig, yard: Yard, found: Found) -> float:
    """Seconds for all but the first few; the inbox is read before and after."""
    await together(run.park(rig) for run in yard.runs[:FEW])
    found["inbox_ms"] = {str(FEW): await _inbox(rig)}
    start = time.perf_counter()
    await together(run.park(rig) for run in yard.runs[FEW:])
    took = time.perf_counter() - start
    found["memory_mib"]["parked"] = _memory(rig)
    found["inbox_ms"][str(len(yard.runs))] = await _inbox(rig)
    return took


async def _inbox(rig: Rig) -> dict[str, list[float]]:
    """p50 and p99 of a page of each size, and of one run's answer."""
    pages = {f"{limit} rows": f"?queue=approvals&limit={limit}" for limit in (5, 100)}
    one = (await rig.read("?queue=approvals&limit=1"))["items"][0]["reference"]
    return {name: await _timed(lambda path=path: rig.read(path)) for name, path in pages.items()} | {
        "one answer": await _timed(lambda: rig.answer(one))
    }


async def _asked(rig: Rig, runs: Any) -> list[tuple[Parked, dict[str, Any]]]:
    """Who decides has the gate before him."""
    return [(run, await rig.yes(run.play.reference(rig))) for run in runs]


async def _decided(rig: Rig, asked: list[tuple[Parked, dict[str, Any]]]) -> list[float]:
    waiting = iter(asked)

    async def one() -> None:
        run, yes = next(waiting)
        reply = await rig.work(f"/{run.play.reference(rig)}/decide", yes)
        assert reply.status_code == 200, reply.text

    return await _timed(one, len(asked))


async def _restarted(rig: Rig, cold: list[tuple[Parked, dict[str, Any]]], found: Found) -> Found:
    """kill -9, and at once a new worker; a person decides on a run that it has never seen."""
    killed = time.perf_counter()
    await rig.kill("worker")
    ready = time.perf_counter() - killed
    found["memory_mib"]["restarted"] = _memory(rig)
    await _decided(rig, cold[:1])
    first = time.perf_counter() - killed
    found["decide_ms"]["not in memory"] = await _decided(rig, cold[1:])
    return {"ready_s": ready, "first_decision_s": first}


async def _touched(yard: Yard, many: int) -> float:
    """So many runs are asked for their answers, so that the worker has to know them. Seconds for all."""
    start = time.perf_counter()
    await together(yard.rig.answer(reference) for reference in yard.references(yard.runs[:many]))
    return time.perf_counter() - start


async def _timed(work: Callable[[], Awaitable[object]], times: int = READS) -> list[float]:
    """p50 and p99 in milliseconds, one after the other."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        await work()
        took.append(time.perf_counter() - start)
    return [percentile(took, 50), percentile(took, 99)]


def _memory(rig: Rig) -> dict[str, float]:
    return {part: resident_mib(rig.stack.pid(part) or 0) for part in ("worker", "gateway", "temporal")}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.parked", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    found = asyncio.run(measure(parser.parse_args().runs))
    text = json.dumps(found, indent=1, default=str)
    (folder() / "parked.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()

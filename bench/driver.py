"""A contender in a process of its own, told what to do by JSON lines: so that its CPU can be told from ours.

python -m bench.driver bench.contenders.plain '{"simulators": "http://..."}'
python -m bench.driver bench.contenders.temporal '{...}' worker
"""

import asyncio
import dataclasses
import importlib
import json
import logging
import sys
from typing import Any

import uvloop

from bench.loop import Stopwatch, closed_loop
from bench.shop import from_json


async def obey(contender: Any) -> None:
    """`prepare`, `loop` and `one`, until the parent closes our input."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        calls = from_json(order["calls"])
        answer: dict[str, Any] = {}
        match order["do"]:
            case "prepare":
                await contender.prepare(calls)
            case "loop":
                lap = await closed_loop(order["callers"], order["seconds"], calls, contender.refund)
                answer = dataclasses.asdict(lap)
            case "one":  # and do not wait: its process, or its worker, is about to be killed
                answer["begun"] = calls[0].orders[0]
                task = asyncio.ensure_future(contender.refund(calls[0], calls[0].orders[0], Stopwatch()))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
        print(json.dumps(answer), flush=True)


async def main(module: str, settings: dict[str, str], role: str) -> None:
    found = importlib.import_module(module)
    if role == "worker":
        await found.work(settings)
    else:
        contender = found.Contender(settings)
        print(json.dumps({"ready": True}), flush=True)
        await obey(contender)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    uvloop.run(main(sys.argv[1], json.loads(sys.argv[2]), (sys.argv[3:] or ["client"])[0]))

"""`python -m bench`: all yardsticks in one run; `--quick` in under two minutes. Results in `bench/out/`."""

import argparse
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bench import extras, report
from bench.cells import Cell, percentile, play
from bench.recovery import recover
from bench.results import Results, folder
from bench.stage import Contender, Stage, stage

PEERS = ("plain", "dbos")


@dataclass(frozen=True)
class Plan:
    latencies: tuple[int, ...] = (20, 80)
    seconds: tuple[tuple[int, float], ...] = ((1, 5.0), (20, 6.0), (50, 7.0))
    """Per number of callers: how long refunds are begun."""
    rounds: int = 2
    kills: int = 3
    trial_s: float = 3.0
    evidence_runs: int = 200
    requests: int = 1500


QUICK = Plan(
    latencies=(20,), seconds=((1, 3.0), (20, 4.0)), rounds=1, kills=1, trial_s=1.5, evidence_runs=40, requests=300
)


def main() -> None:
    options = _options()
    plan = QUICK if options.quick else Plan()
    plan = replace(plan, rounds=options.rounds or plan.rounds)
    began, scratch = time.monotonic(), Path(tempfile.mkdtemp(prefix="handrail-bench-"))
    os.environ.setdefault("HANDRAIL_HOME", str(scratch / "handrail"))
    try:
        with stage(scratch) as all_up:
            results = run(all_up, plan, rail=not options.quick)
    finally:
        if not options.keep:
            shutil.rmtree(scratch, ignore_errors=True)
    report.show(results)
    print(f"{report.write(results, folder())} after {time.monotonic() - began:.0f} s")


def run(up: Stage, plan: Plan, *, rail: bool) -> Results:
    results = Results()
    _say("warming up")
    up.warm_up()
    results.reads = {callers: _better_reads(up, plan, callers) for callers, _ in plan.seconds}
    _say(f"bare Temporal is kept with these reads, by callers: {results.reads}")
    for n in range(plan.rounds):
        for latency in plan.latencies:
            for callers, seconds in plan.seconds:
                _side_by_side(up, results, latency, callers, seconds, f"r{n}-{latency}-{callers}", rail)
    for n in range(plan.kills):
        for key in ("handrail", f"temporal-{results.reads[1]}", "dbos"):
            found = recover(up, up.contenders[key], f"k{n}")
            results.recoveries.append(replace(found, contender=key.partition("-")[0]))
            _say(str(results.recoveries[-1]))
            time.sleep(1.0)
    results.extras["dataset"] = extras.dataset_of(up, 5000)
    results.extras["evidence"] = [extras.evidence(up.folder, plan.evidence_runs, n) for n in (1, 20)]
    results.extras["http"] = extras.http_cost(up, plan.requests)
    return results


def _side_by_side(
    up: Stage, results: Results, latency: int, callers: int, seconds: float, tag: str, rail: bool
) -> None:  # fmt: skip
    """One round of every contender, one right after the other: they share the machine's weather."""
    bare = up.contenders[f"temporal-{results.reads[callers]}"]
    chosen: dict[str, Contender] = {"handrail": up.contenders["handrail"], "temporal": bare}
    chosen |= {key: up.contenders[key] for key in PEERS}
    if rail and latency == 20 and callers == 1:
        chosen["rail"] = up.contenders["rail"]
    for key, contender in chosen.items():
        cell = results.cell(key, latency, callers)
        play(up, contender, cell, seconds, tag)
        _say(f"{tag} {key}: first {percentile(cell.first, 50):.0f} ms, {cell.per_s:.1f}/s, {cell.cpu_ms():.0f} ms CPU")


def _better_reads(up: Stage, plan: Plan, callers: int) -> str:
    """At one caller by first answer, at more by throughput."""
    found: dict[str, Cell] = {}
    for reads in ("local", "regular"):
        found[reads] = Cell(reads, 20, callers)
        play(up, up.contenders[f"temporal-{reads}"], found[reads], plan.trial_s, f"trial-{callers}")
    if callers == 1:
        return min(found, key=lambda reads: percentile(found[reads].first, 50))
    return max(found, key=lambda reads: found[reads].per_s)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one latency, 1 and 20 callers, one round")
    parser.add_argument("--rounds", type=int, default=0, help="how often everything is measured (default 2)")
    parser.add_argument("--keep", action="store_true", help="keep the scratch folder with databases and logs")
    return parser.parse_args()


if __name__ == "__main__":
    main()

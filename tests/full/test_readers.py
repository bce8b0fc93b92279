"""Callers, desks and models ask how a run stands, again and again. However many ask, and however busy the worker is,
the run goes on, and its history replays: what is told to one who only looks leaves no trace in it."""

import asyncio
import contextlib
from itertools import islice

import httpx
import pytest
from temporalio.worker import Replayer

from handrail import telemetry, temporal
from tests.full.playing import Play
from tests.full.rig import Rig, together
from tests.full.scenarios import SCENARIOS
from tests.full.trail import Stage
from workflows._catalog import processes, workflow_id

pytestmark = [pytest.mark.full, pytest.mark.timeout(600)]
RUNS, READERS, NOTES = 40, 3, 6
[REOPENED] = [scenario for scenario in SCENARIOS if scenario.name == "create_case, reopened"]


async def test_runs_that_many_ask_all_the_time_go_on_to_their_end_and_replay(rig: Rig) -> None:
    stage = await Stage.set(rig, REOPENED, RUNS)
    plays = list(islice(stage.plays, RUNS))
    await together(play.prepare(rig) for play in plays)

    answers = await together((_worked_on_and_watched(rig, play) for play in plays), at_once=RUNS)

    assert {answer["status"] for answer in answers} == {"done"}
    broken = await _not_replayable(rig, [play.reference(rig) for play in plays])
    assert not broken, f"{len(broken)} of {RUNS} histories do not replay: {broken}"


async def _worked_on_and_watched(rig: Rig, play: Play) -> dict[str, object]:
    await play.ask(rig)
    async with asyncio.TaskGroup() as readers:
        for _ in range(READERS):
            readers.create_task(_watch(rig, play))
        for n in range(NOTES):
            with contextlib.suppress(httpx.TransportError):  # a busy gateway: that note is not said
                await rig.work(f"/{play.reference(rig)}/note", {"text": f"Note {n}."}, who="ana")
        return await play.finish(rig)


async def _watch(rig: Rig, play: Play) -> None:
    """As a console page does that is open, until the end."""
    while not (await rig.answer(play.reference(rig)))["terminal"]:
        await rig.packet(play.reference(rig))


async def _not_replayable(rig: Rig, references: list[str]) -> list[str]:
    settings = rig.stack.settings.model_copy(update={"home": rig.stack.home.path})
    telemetry.start("tests")
    client, broken = await rig.temporal(), []
    replayer = Replayer(
        workflows=processes(), data_converter=temporal.converter(settings), plugins=list(temporal.plugins())
    )
    for reference in references:
        history = await client.get_workflow_handle(workflow_id(settings.tenant, reference)).fetch_history()
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        broken += [f"{reference}: {result.replay_failure}"] if result.replay_failure else []
    return broken

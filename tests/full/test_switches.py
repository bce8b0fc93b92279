"""The kill switch holds within a second in everything that an agent can do: mid-way no further write is sent, and what
was stopped ends as if nobody had stopped it; what is asked for while it is off is denied before anything is written."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.calls import ActorKind
from domain.evidence import Who
from domain.switches import Switch
from handrail.evidence import EvidenceBook
from handrail.switches import SwitchBoard
from handrail.switching import tell_stopped, throw
from tests.full.calls import calls
from tests.full.exports import Export, differences
from tests.full.playing import Play
from tests.full.rig import Answer, Rig, until
from tests.full.scenarios import SCENARIOS, Scenario
from tests.full.trail import Stage
from workflows._catalog import tools

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]
SLOW_MS = 4_000
"""Longer than it takes, on a busy machine, to see that it is on its way and to pull the lever."""
ONE_WRITE = {
    "open_claim, joined", "create_case, joined", "create_case", "create_case, reopened", "create_case, merged",
    "create_case, linked", "step_up_caller",
}  # fmt: skip
"""Nothing of the agent's is left to be stopped once that is on its way."""
ACTS = [scenario for scenario in SCENARIOS if scenario.name != "verify_caller"]
SAM = Who(kind="human", id="sam", name="Sam")


class Lever:
    """As `handrail policy switch` throws it."""

    def __init__(self, rig: Rig, scenario: Scenario) -> None:
        self.rig, self.process = rig, tools()[scenario.tool].process_name
        self.kind = ActorKind.SYSTEM if scenario.event else ActorKind.AI
        self._settings = rig.stack.settings.model_copy(update={"home": rig.stack.home.path})
        self._book = EvidenceBook(self._settings.database, rig.stack.home.path / "evidence.key")

    async def pull(self, *, off: bool = True) -> None:
        switch = Switch(process=self.process, kind=self.kind, reason="odd", by="sam", at=datetime.now(UTC))
        await throw(SwitchBoard(self._settings.database), self._book, switch, off=off, by=SAM)

    async def release(self) -> None:
        await self.pull(off=False)
        client = await self.rig.temporal()
        while not await tell_stopped(client, self._settings.tenant, [self.process]):
            pass  # visibility follows within moments

    async def __aenter__(self) -> "Lever":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.pull(off=False)
        await self._book.close()


@pytest.mark.parametrize("scenario", [s for s in ACTS if s.name not in ONE_WRITE], ids=str)
async def test_pulled_after_the_first_write_no_other_is_sent_until_it_is_on_again(rig: Rig, scenario: Scenario) -> None:
    stage = await Stage.set(rig, scenario, 2)
    clean, stopped = stage.plays
    first = await first_write(rig, clean)
    reference = stopped.reference(rig)
    async with Lever(rig, scenario) as lever:
        await stopped.prepare(rig)
        await rig.fault(first.fault("slow", stopped.who, reference, 1, delay_ms=SLOW_MS))
        await stopped.ask(rig)
        await through(rig, stopped)
        await lever.pull()
        parked = await until(lambda: repaired(rig, reference), f"{reference} to be stopped")
        written = await writes(rig, reference)
        await lever.release()
        end = await stopped.finish(rig)

    assert written == [first.operation]
    assert "switched off" in parked["say"]
    assert end["status"] == "done", end
    after = await Export.read(rig)
    ends = [stage.comparable(after.of(play.who), play) for play in (clean, stopped)]
    assert list(differences(ends[1], ends[0])) == []
    assert after.problems() == []


@pytest.mark.parametrize("scenario", [s for s in ACTS if not s.event], ids=str)
async def test_a_second_after_it_was_pulled_whoever_asks_is_denied_and_nothing_is_written(
    rig: Rig, scenario: Scenario
) -> None:
    [play] = (await Stage.set(rig, scenario, 1)).plays
    reference = play.reference(rig)
    await play.prepare(rig)
    async with Lever(rig, scenario) as lever:
        await lever.pull()
        pulled = datetime.now(UTC)
        await until(lambda: a_second_after(pulled), "a second to be over")
        await play.ask(rig)
        answer = await rig.ended(reference)
        written = await writes(rig, reference)

    assert (answer["status"], written) == ("denied", [])
    assert answer["denied"]["rule"].endswith(".switched_off")


async def a_second_after(pulled: datetime) -> bool | None:
    return (datetime.now(UTC) - pulled).total_seconds() >= 1 or None


async def first_write(rig: Rig, play: Play) -> Any:
    """Of the scenario when nothing stops it."""
    await play.prepare(rig)
    start = (await rig.log())[-1:]
    await play.ask(rig)
    answer = await play.finish(rig)
    assert answer["status"] == "done", answer
    log = await rig.log(start[0]["seq"] if start else 0)
    return next(call for call in calls(log, play.who, play.reference(rig)) if call.writes)


async def through(rig: Rig, play: Play) -> None:
    """Whoever is asked answers, until the first write is on its way."""

    async def fired() -> bool | None:
        await play.go_on(rig)
        return any(fault["fired"] for fault in await rig.fired()) or None

    await until(fired, "the first write to be sent")


async def repaired(rig: Rig, reference: str) -> Answer | None:
    now = await rig.answer(reference)
    assert not now["terminal"], now
    return now if "retry" in now["next"] else None


async def writes(rig: Rig, reference: str) -> list[str]:
    """What the systems were sent of this run, but for reads."""
    seen = [entry for entry in await rig.log() if reference in entry["reference"] and entry["method"] != "GET"]
    return [entry["operation"] for entry in seen]

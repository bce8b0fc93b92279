"""What an agent repeats is counted durably: kill -9 of the gateway forgets nothing of it."""

import pytest

from tests.full.rig import Answer, Rig
from tests.full.world import subject

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]


async def test_a_loop_is_stopped_at_the_same_time_although_the_gateway_was_killed(rig: Rig) -> None:
    who = subject(1_990)
    await rig.verify(who)
    answers: list[Answer] = [await rig.refund(who, line=2, request_id=f"{who.tag}-{n}") for n in range(3)]

    await rig.kill("gateway")
    answers += [await rig.refund(who, line=2, request_id=f"{who.tag}-{n}") for n in range(3, 5)]

    assert "handed_off" not in [answer["status"] for answer in answers[:4]]
    assert answers[4]["status"] == "handed_off"
    assert (await rig.packet(answers[4]["reference"]))["reason"]["code"] == "loop"

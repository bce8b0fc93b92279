"""Segments of customers in the processes without money: who is verified, how, and when his technician comes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.changes import Direction
from domain.policies import VerificationPolicy
from domain.policy_changes import changes
from domain.step_up import StepUpPolicy
from handrail.boundaries import outline
from handrail.cli.explaining import explained
from handrail.policies import load
from handrail.policy_lint import lint
from tests.desk.desk import Desk
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.policies.annex import annexed
from tests.policies.documents import SHIPPED, copied
from tests.policies.test_segments import labelled
from tests.step_up.outbox import outbox, step_up
from tests.test_appointment import agreed, hour, moved
from workflows._catalog import policies
from workflows.appointment import AppointmentPolicy

SAID = {
    "verify_caller": "segments: [{name: vip, labels: [vip], valid_for: PT4H}]",
    "step_up": "segments: [{name: flagged, labels: [flagged], channels: [sms], codes_per_call: 1}]",
    "appointment": "segments: [{name: flagged, labels: [flagged], notice: P50D}]\n"
    "limits: [{name: customer_day, per: customer, within: P1D, count: 1}]",
}
SHAPES = {"verify_caller": VerificationPolicy, "step_up": StepUpPolicy, "appointment": AppointmentPolicy}


def folder_with(path: Path) -> Path:
    folder = copied(path)
    for name, words in SAID.items():
        with (folder / f"{name}.yaml").open("a") as document:
            document.write(f"{words}\n")
    return folder


@pytest.fixture
async def house(desk: Desk, temporal_address: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with annexed(desk, temporal_address, tmp_path, policies=folder_with(tmp_path / "p")) as annex:
        yield annex


async def test_each_is_verified_and_visited_by_what_holds_for_him(house: Desk, shop: Shop) -> None:
    vip, flagged, other = [await labelled(shop, 1_200, label) for label in ("vip", "flagged", "gold")]
    for sold in (flagged, other):
        await agreed(shop, sold, hour(2, "10:00"), technician=f"Ben {sold.id}")
    until = {}
    for name, sold in (("vip", vip), ("other", other)):
        verified = await house.agent(order=sold).verify(sold)
        until[name] = datetime.fromisoformat((verified.result or {})["expires_at"])
    callers = {name: await house.caller(sold) for name, sold in (("flagged", flagged), ("other", other))}
    codes = {name: await step_up(caller) for name, caller in callers.items()}
    visits = {name: await moved(caller, hour(3, "10:00")) for name, caller in callers.items()}
    again = await moved(callers["other"], hour(4, "10:00"))

    assert until["vip"] - until["other"] > timedelta(hours=3)
    assert until["vip"] > datetime.now(UTC) + timedelta(hours=3)
    assert (codes["flagged"].status, codes["other"].status) == ("denied", "needs_verification")
    assert [message["channel"] for message in await outbox(shop)].count(
        "email"
    ) == 2  # a code, and the visit's new time
    assert (visits["flagged"].status, rule(visits["flagged"])) == ("needs_approval", "")
    assert "less than 1200 hours" in visits["flagged"].say
    assert (visits["other"].status, again.status, rule(again)) == ("done", "denied", "appointment.customer_day")
    events = await house.house.evidence.for_run("default", visits["flagged"].reference)
    *_, told = explained([event.model_dump(mode="json") for event in events])
    assert "as it counts for customers of the segment flagged" in told["lines"]


@pytest.mark.parametrize(("name", "what", "wider"), [
    ("verify_caller", "valid_for, customers vip", True),
    ("step_up", "channels, customers flagged", False),
    ("appointment", "notice, customers flagged", False),
])  # fmt: skip
def test_what_a_segment_says_otherwise_is_told_as_wider_or_narrower(
    tmp_path: Path, name: str, what: str, wider: bool
) -> None:
    shape, folder = SHAPES[name], folder_with(tmp_path / "p")
    old, new = (_document(place, name, shape) for place in (SHIPPED, folder))

    told = {change.what: change.direction for change in changes(old, new)}
    back = {change.what: change.direction for change in changes(new, old)}

    assert told[what] is (Direction.WIDER if wider else Direction.NARROWER)
    assert back[what] is (Direction.NARROWER if wider else Direction.WIDER)
    assert lint(folder, policies()).ok


def test_the_boundaries_tell_it(tmp_path: Path) -> None:
    told = outline(_document(folder_with(tmp_path / "p"), "appointment", AppointmentPolicy))["limits"]

    assert "flagged: less than 1200 hours ahead only with the approval of supervisor" in told


def _document(folder: Path, name: str, shape: Any) -> Any:
    return shape.model_validate(load(folder / f"{name}.yaml", shape))

"""Any process opens a case for people where its policy says so: the word `case`."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handrail.cli.commands import app as cli
from tests.casework.people import case, cases, closed, explained, said, wanting
from tests.desk.desk import DOORS, Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop
from tests.order_change.store import sell
from tests.policies.annex import annexed

DENIED = {"queue": "billing"}
UNDONE = {"queue": "duty_manager", "priority": "urgent"}
FAILED = {"code": "charge_disputed", "message": "The charge is disputed."}


async def test_a_refund_is_told_to_people_as_its_policy_says(
    desk: Desk, shop: Shop, temporal_address: str, tmp_path: Path
) -> None:
    folder = wanting(tmp_path / "policies", "refund", approval={"queue": "service"}, denied=DENIED, undone=UNDONE)
    async with annexed(desk, temporal_address, tmp_path, policies=folder) as annex:
        await denied_while_the_caller_waits(annex, shop)
        await approved(annex, shop)
        await undone(annex, shop)
        for door in DOORS:
            await denied_by_a_person(annex, shop, door)


async def denied_while_the_caller_waits(desk: Desk, shop: Shop) -> None:
    """He hears it first; the same again joins the case. The record explains both."""
    order = await shop.sell(2_000, delivered_days_ago=400)
    caller = await desk.caller(order)
    await shop.fault("open_case", "slow", delay_ms=1_500)
    first = await caller.refund()
    assert (first.status, await cases(desk, order, "refund")) == ("denied", [])
    assert (await closed(desk, first)).say == first.say
    assert "open_case" in await explained(desk, first)

    again = await caller.refund(1_000, request_id=f"again-{order.id}")
    await closed(desk, again)

    left = await case(desk, order, "refund")
    assert (left["state"], left["queue"], left["order_id"]) == ("open", "billing", order.id)
    assert "(refund.window) To do: Look through it" in said(left)
    assert again.reference in said(left)


async def approved(desk: Desk, shop: Shop) -> None:
    """One case from the gate to the end, and none beside it."""
    order = await shop.sell(9_000)
    waiting = await (await desk.caller(order)).refund_confirmed()
    await desk.person("supervisor").decide(waiting)

    assert (await closed(desk, waiting)).status == "done"
    assert await shop.cases(order) == ["resolved"]
    assert "Approved by human Supervisor-1." in said(await case(desk, order, "refund"))


async def undone(desk: Desk, shop: Shop) -> None:
    """What was begun is taken back, the case of the refund too; people get one."""
    order = await shop.sell(2_000)
    await shop.fault("refund", "refuse", **FAILED)
    answer = await (await desk.caller(order)).refund(1_200)

    assert (await closed(desk, answer)).status == "undone"
    left = await case(desk, order, "refund")
    assert (left["state"], left["queue"], left["priority"]) == ("open", "duty_manager", "urgent")
    assert sorted(await shop.cases(order)) == ["open", "withdrawn"]


async def denied_by_a_person(desk: Desk, shop: Shop, door: str) -> None:
    order = await shop.sell(9_000)
    waiting = await (await desk.caller(order, door=door)).refund_confirmed()
    person = desk.person("supervisor")
    digest = (await person.gate(waiting))["digest"]
    body = {"outcome": "reject", "digest": digest, "reason": "Abuse"}
    await desk.door(door).say(person.token, waiting.reference, "decide", body)

    assert (await closed(desk, waiting)).status == "denied"
    left = await case(desk, order, "refund")
    assert (left["state"], left["queue"]) == ("open", "billing")
    assert "Declined by human Supervisor-1." in said(left)


async def test_a_denied_order_change_is_told_to_people_as_its_policy_says(
    desk: Desk, shop: Shop, temporal_address: str, tmp_path: Path
) -> None:
    sold = await sell(shop, status="delivered")
    folder = wanting(tmp_path / "policies", "order_change", denied={"queue": "returns", "to_do": "Call back."})
    async with annexed(desk, temporal_address, tmp_path, policies=folder) as annex:
        caller = await annex.caller(sold)
        answer = await caller.call("cancel_order", {"order_id": sold.id, "reason": "no_longer_needed"})
        assert (await closed(annex, answer)).status == "denied"

        left = await case(annex, sold, "order_change")
        assert (left["queue"], left["order_id"], left["state"]) == ("returns", sold.id, "open")
        assert "To do: Call back." in said(left)
        environment = {"HANDRAIL_TOKEN": annex.person("supervisor").token, "HANDRAIL_URL": annex.house.url}
        words = ["policy", "explain", answer.reference, "--as", ""]
        told = await asyncio.to_thread(CliRunner().invoke, cli, words, env=environment)
        assert "It is a case for people" in told.output
        assert "it goes to returns, priority normal" in told.output


async def test_a_shipped_refund_that_is_denied_opens_none(desk: Desk, shop: Shop) -> None:
    order: Sold = await shop.sell(2_000, delivered_days_ago=400)

    assert (await closed(desk, await (await desk.caller(order)).refund())).status == "denied"

    assert await shop.cases(order) == []


@pytest.mark.parametrize(
    ("policy", "when", "wrong"),
    [
        ("refund", {"denied": {"queue": "nobody"}}, "nobody is no queue of case.yaml"),
        ("refund", {"refused": DENIED}, "case.when.refused"),
        ("case", {"denied": DENIED}, "case opens no case for people"),
    ],
)
def test_a_wrong_word_is_found(tmp_path: Path, policy: str, when: dict[str, dict[str, str]], wrong: str) -> None:
    folder = wanting(tmp_path / "policies", policy, **when)

    found = CliRunner().invoke(cli, ["policy", "lint", str(folder)])

    assert found.exit_code == 1
    assert wrong in found.output.replace("\n", " ")


def test_what_it_says_is_told_and_compared(tmp_path: Path) -> None:
    before = wanting(tmp_path / "before", "refund", denied=DENIED)
    after = wanting(tmp_path / "after", "refund", denied=UNDONE, undone=UNDONE)

    told = CliRunner().invoke(cli, ["policy", "boundaries", str(before)])
    changed = CliRunner().invoke(cli, ["policy", "diff", str(before), str(after)])

    assert "a case for people on denied: billing (normal)" in told.output
    assert "refund: case.when.denied.queue: billing → duty_manager" in changed.output
    assert "wider" not in changed.output

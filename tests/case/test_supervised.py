"""A company that lets its AI agents only propose cases."""

from pathlib import Path

from tests.case.caseload import late, on_record
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop
from tests.policies.annex import annexed
from tests.policies.documents import copied, edited


async def test_a_case_that_an_agent_may_only_suggest_is_opened_once_a_person_approves_it(
    desk: Desk, shop: Shop, order: Sold, temporal_address: str, tmp_path: Path
) -> None:
    folder = edited(copied(tmp_path / "p"), "policy: case", "policy: case\nautonomy: {ai: suggest}", "case")
    async with annexed(desk, temporal_address, tmp_path, policies=folder) as annex:
        asked = await (await annex.caller(order)).call("create_case", late(order))
        before = (await shop.state())["cases"]
        packet = await annex.person("supervisor").packet(asked)
        await annex.person("supervisor").decide(asked)
        opened = await annex.until(asked, lambda now: now.status == "accepted" and bool(now.result))

    assert (asked.status, before) == ("needs_approval", [])
    assert "only suggest a case" in asked.say
    assert [step["name"] for step in packet["steps"]] == ["open_case"]
    assert (await on_record(shop))["id"] == (opened.result or {})["case_id"]

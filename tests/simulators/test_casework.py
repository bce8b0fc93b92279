from typing import Any

import pytest

from tests.simulators.conftest import Simulators

PHOTO = {"reference": "upload/1", "sha256": "a" * 64, "name": "box.jpg"}
DRAFT = {
    "subject": "Box was open", "customer_id": "C-1001", "order_id": "4821", "queue": "returns",
    "category": "damaged_item", "priority": "high", "attachments": [PHOTO],
    "first_response_due": "2026-11-23T12:00:00+01:00",
    "resolution_due": "2026-11-24T10:00:00Z", "reference": "w/1",
}  # fmt: skip


async def opened(simulators: Simulators, **changes: Any) -> dict[str, Any]:
    answer = await simulators.write("POST", "/cases", DRAFT | changes)
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


async def test_a_case_keeps_what_it_was_opened_with(simulators: Simulators) -> None:
    case = await opened(simulators)

    assert (case["category"], case["priority"], case["attachments"]) == ("damaged_item", "high", [PHOTO])
    assert (case["first_response_due"], case["first_response_at"]) == ("2026-11-23T11:00:00Z", None)
    assert (await simulators.get("/cases", order_id="4821", customer_id="C-1001")).json()["data"][0] == case


async def test_only_an_answer_to_the_customer_ends_the_first_clock(simulators: Simulators) -> None:
    path = f"/cases/{(await opened(simulators))['id']}/comments"
    inner = (await simulators.write("POST", path, {"text": "Looking.", "attachments": [PHOTO]})).json()
    told = (await simulators.write("POST", path, {"text": "We are on it.", "response": True})).json()
    again = (await simulators.write("POST", path, {"text": "Still.", "response": True})).json()

    assert inner["first_response_at"] is None
    assert inner["attachments"] == [PHOTO]
    assert told["first_response_at"] == again["first_response_at"] is not None


async def test_a_case_moves_to_another_queue_owner_and_priority(simulators: Simulators) -> None:
    path = f"/cases/{(await opened(simulators))['id']}"
    change = {"queue": "team_leads", "priority": "urgent", "owner": "sam", "reference": "w/2"}
    moved = (await simulators.write("PATCH", path, change)).json()
    same = (await simulators.write("PATCH", path, change)).json()

    assert (moved["queue"], moved["priority"], moved["owner"]) == ("team_leads", "urgent", "sam")
    assert same == moved


async def test_resolving_and_reopening_leave_their_times(simulators: Simulators) -> None:
    path = f"/cases/{(await opened(simulators))['id']}"
    resolved = (await simulators.write("PATCH", path, {"state": "resolved"})).json()
    reopened = (await simulators.write("PATCH", path, {"state": "open", "comment": "Again."})).json()

    assert resolved["resolved_at"] is not None
    assert (reopened["state"], reopened["resolved_at"]) == ("open", None)


async def test_a_link_goes_both_ways_once(simulators: Simulators) -> None:
    one, two = await opened(simulators), await opened(simulators)
    path = f"/cases/{one['id']}/links/{two['id']}"
    linked = (await simulators.write("PUT", path, {"reference": "w/3"})).json()
    again = (await simulators.write("PUT", path, {"reference": "w/3"})).json()

    assert linked["links"] == [two["id"]]
    assert again == linked
    assert (await simulators.get(f"/cases/{two['id']}")).json()["links"] == [one["id"]]


async def test_a_merged_case_goes_on_in_the_other_with_its_evidence(simulators: Simulators) -> None:
    one, two = await opened(simulators), await opened(simulators, attachments=[])
    path = f"/cases/{one['id']}/merge"
    merged = (await simulators.write("POST", path, {"into": two["id"]})).json()
    into = (await simulators.get(f"/cases/{two['id']}")).json()

    assert (merged["state"], merged["merged_into"]) == ("resolved", two["id"])
    assert (into["state"], into["attachments"]) == ("open", [PHOTO])
    assert one["id"] in into["comments"][-1]["text"]


@pytest.mark.parametrize("wrong", ["itself", "a closed one", "another customer's", "an unknown one"])
async def test_a_case_is_not_merged_into(simulators: Simulators, wrong: str) -> None:
    case = await opened(simulators)
    other = await opened(simulators, customer_id="C-1002", order_id="") if "customer" in wrong else case
    if wrong == "a closed one":
        other = await opened(simulators)
        await simulators.write("PATCH", f"/cases/{other['id']}", {"state": "resolved"})
    into = "case-99999" if "unknown" in wrong else other["id"]
    refused = await simulators.write("POST", f"/cases/{case['id']}/merge", {"into": into})

    code = "unknown_case" if "unknown" in wrong else "cannot_merge"
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
    assert (await simulators.get(f"/cases/{case['id']}")).json() == case


async def test_a_case_with_all_its_fields_survives_export_and_load(simulators: Simulators) -> None:
    one, two = await opened(simulators), await opened(simulators)
    await simulators.write("POST", f"/cases/{one['id']}/comments", {"text": "Hello.", "response": True})
    await simulators.write("PUT", f"/cases/{one['id']}/links/{two['id']}", {})
    await simulators.write("POST", f"/cases/{two['id']}/merge", {"into": one["id"]})
    before = await simulators.admin("GET", "dataset")
    await simulators.admin("PUT", "dataset", before)

    assert await simulators.admin("GET", "dataset") == before
    case = (await simulators.get(f"/cases/{one['id']}")).json()
    assert case["links"] == [two["id"]]
    assert case["first_response_at"] is not None

"""The claims system keeps order within a claim; its books tell what its users got wrong."""

from typing import Any

import pytest

from tests.simulators.conftest import Simulators

LOSS: dict[str, Any] = {"minor": 5_000, "currency": "EUR"}
NONE: dict[str, Any] = {"minor": 0, "currency": "EUR"}


async def opened(simulators: Simulators, **changes: Any) -> str:
    coverage = (await simulators.get("/claims/coverages/PP-4822")).json()
    body = {
        "coverage_id": "PP-4822", "customer_id": "C-1001", "kind": "defect", "loss_on": coverage["starts_on"],
        "amount": LOSS, "description": "Broken.", "reference": "ours/open/1",
    }  # fmt: skip
    answer = await simulators.write("POST", "/claims", body | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def paid(simulators: Simulators, claim: str, minor: int, deductible: int) -> None:
    amount = {"minor": minor, "currency": "EUR"}
    order = {"customer_id": "C-1001", "instrument_id": "gift-77", "amount": amount, "subject": claim}
    payout = (await simulators.write("POST", "/billing/payouts", order)).json()
    body = {"amount": amount, "deductible": {"minor": deductible, "currency": "EUR"}, "payout_id": payout["id"]}
    assert (await simulators.write("POST", f"/claims/{claim}/payments", body)).status_code == 201


async def test_a_claim_in_good_order_leaves_the_books_balanced_and_exports(simulators: Simulators) -> None:
    claim = await opened(simulators)
    await simulators.write("PUT", f"/claims/{claim}/reserve", {"amount": LOSS, "reference": "r/1"})
    await paid(simulators, claim, 4_000, 1_000)
    await simulators.write("PUT", f"/claims/{claim}/reserve", {"amount": NONE, "reference": "r/2"})
    closed = await simulators.write("PATCH", f"/claims/{claim}", {"state": "closed", "outcome": "paid"})
    export = await simulators.admin("GET", "dataset")

    await simulators.admin("PUT", "dataset", export)

    assert closed.json()["state"] == "closed"
    assert await simulators.admin("GET", "dataset") == export
    books = await simulators.books()
    assert (books["balanced"], books["problems"]) == (True, [])
    assert await opened(simulators) != claim


@pytest.mark.parametrize(
    ("open_thing", "code"),
    [("reserve", "reserve_open"), ("activities/inspection", "activity_open")],
)
async def test_what_is_open_keeps_a_claim_open(simulators: Simulators, open_thing: str, code: str) -> None:
    claim = await opened(simulators)
    body = {"amount": LOSS} if open_thing == "reserve" else {"text": "Look at it."}
    await simulators.write("PUT", f"/claims/{claim}/{open_thing}", body)

    refused = await simulators.write("PATCH", f"/claims/{claim}", {"state": "closed"})

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, code)
    assert (await simulators.get(f"/claims/{claim}")).json()["state"] == "open"


async def test_the_same_reserve_under_the_same_reference_is_one_entry(simulators: Simulators) -> None:
    claim = await opened(simulators)
    for _ in range(2):
        body = {"amount": LOSS, "reference": "ours/set_reserve/1"}
        await simulators.write("PUT", f"/claims/{claim}/reserve", body)

    assert len((await simulators.get(f"/claims/{claim}")).json()["diary"]) == 1


async def test_a_reopening_that_is_taken_back_leaves_the_claim_as_it_was(simulators: Simulators) -> None:
    claim = await opened(simulators)
    await simulators.write("PATCH", f"/claims/{claim}", {"state": "closed", "outcome": "declined"})
    before = (await simulators.get(f"/claims/{claim}")).json()
    await simulators.write("PATCH", f"/claims/{claim}", {"state": "open", "amount": LOSS, "reference": "again/1"})

    for _ in range(2):
        await simulators.write("PATCH", f"/claims/{claim}", {"state": "closed", "voids": "again/1"})

    after = (await simulators.get(f"/claims/{claim}")).json()
    same = ("state", "outcome", "closed_at", "amount")
    assert [after[name] for name in same] == [before[name] for name in same]


async def test_payment_without_reserve_and_deductible_is_found_in_the_books(simulators: Simulators) -> None:
    claim = await opened(simulators)

    await paid(simulators, claim, 5_000, 0)

    problems = (await simulators.books())["problems"]
    assert f"Claim {claim}: 5000 paid while 0 was in reserve." in problems
    assert f"Claim {claim} was paid without the deductible of 1000." in problems


async def test_a_payout_goes_to_an_instrument_of_that_customer_only(simulators: Simulators) -> None:
    order = {"customer_id": "C-1001", "instrument_id": "card-1881", "amount": LOSS, "subject": "claim-1"}

    refused = await simulators.write("POST", "/billing/payouts", order)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "instrument_not_allowed")


async def test_a_payout_to_a_card_is_pending_until_it_settles(simulators: Simulators) -> None:
    await simulators.admin("PUT", "settings", {"settle_after_s": 3_600})
    order = {"customer_id": "C-1001", "instrument_id": "card-4242", "amount": LOSS, "subject": "claim-1"}

    payout = (await simulators.write("POST", "/billing/payouts", order)).json()

    assert (payout["state"], payout["settled_at"]) == ("pending", None)
    assert (await simulators.get(f"/billing/payouts/{payout['id']}")).json()["state"] == "pending"
    assert (await simulators.admin("GET", "dataset"))["payouts"][0]["state"] == "pending"


async def test_a_payout_whose_time_has_come_is_settled_in_the_export_as_well(simulators: Simulators) -> None:
    await simulators.admin("PUT", "settings", {"settle_after_s": 0.001})
    order = {"customer_id": "C-1001", "instrument_id": "card-4242", "amount": LOSS, "subject": "claim-1"}
    payout = (await simulators.write("POST", "/billing/payouts", order)).json()
    while (seen := (await simulators.get(f"/billing/payouts/{payout['id']}")).json())["state"] == "pending":
        pass

    [exported] = (await simulators.admin("GET", "dataset"))["payouts"]

    assert (exported["state"], exported["settled_at"]) == ("settled", seen["settled_at"])


@pytest.mark.parametrize(
    ("part", "change", "said"),
    [
        ("coverages", {"customer_id": "C-0"}, "coverages[0].customer_id: no customer C-0 in customers"),
        ("coverages", {"instrument_id": "x"}, "coverages[0].instrument_id: no instrument x in instruments"),
        ("coverages", {"ends_on": "2001-01-01"}, "coverages[0].ends_on: W-4821 ends before it starts"),
        ("claims", {"coverage_id": "x"}, "claims[0].coverage_id: no coverage x in coverages"),
        ("claims", {"customer_id": "C-1002"}, "claims[0].customer_id: coverage PP-4822 is of customer C-1001"),
    ],
)
async def test_a_document_that_refers_to_nothing_is_refused(
    simulators: Simulators, part: str, change: dict[str, str], said: str
) -> None:
    await opened(simulators)
    document = await simulators.admin("GET", "dataset")
    document[part][0] |= change

    answer = await simulators.http.put("/admin/dataset", json=document)

    assert (answer.status_code, answer.json()["error"]["message"]) == (422, said)


async def test_an_assessment_is_what_the_loss_is_held_to_be_until_it_is_taken_back(simulators: Simulators) -> None:
    claim = await opened(simulators)
    first, second = {"minor": 4_000, "currency": "EUR"}, {"minor": 9_000, "currency": "EUR"}
    for amount, reference in ((first, "a/1"), (second, "a/2"), (first, "a/2")):
        await simulators.write("PUT", f"/claims/{claim}/assessment", {"amount": amount, "reference": reference})
    await simulators.write("PUT", f"/claims/{claim}/reserve", {"amount": second})
    await paid(simulators, claim, 8_000, 1_000)

    held = (await simulators.get(f"/claims/{claim}")).json()
    in_order = await simulators.books()
    for _ in range(2):
        await simulators.write("PUT", f"/claims/{claim}/assessment", {"voids": "a/2"})

    assert (held["amount"], held["assessed"]) == (LOSS, second)
    assert in_order["problems"] == []
    assert (await simulators.get(f"/claims/{claim}")).json()["assessed"] == first
    assert any("deducted of a loss of 4000" in problem for problem in (await simulators.books())["problems"])

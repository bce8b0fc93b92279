import asyncio
from typing import Any

import pytest

from tests.simulators.conftest import Simulators


async def test_a_refund_lowers_what_can_be_refunded_and_the_ledger_stays_at_zero(simulators: Simulators) -> None:
    refund = await simulators.refund(1_200, reference="r/1", reason="damaged")

    assert (refund.status_code, refund.json()["state"]) == (201, "settled")
    payment = await simulators.payment()
    assert (payment["refunded"]["minor"], payment["refundable"]["minor"]) == (1_200, 28_800)
    assert (
        payment["refunds"]
        == [refund.json()]
        == [(await simulators.get(f"/billing/refunds/{refund.json()['id']}")).json()]
    )
    ledger = (await simulators.get("/billing/ledger", order_id="4821")).json()
    assert ledger["accounts"] == {"clearing/card-4242": -28_800, "sales/4821": 28_800}
    assert ledger["sum"] == 0
    assert (await simulators.books())["balanced"]


async def test_never_more_is_refunded_than_was_captured(simulators: Simulators) -> None:
    assert (await simulators.refund(30_001)).json()["error"]["code"] == "amount_exceeds_refundable"
    assert (await simulators.refund(29_000)).status_code == 201
    assert (await simulators.refund(1_001)).json()["error"]["code"] == "amount_exceeds_refundable"
    assert (await simulators.refund(1_000)).status_code == 201
    assert (await simulators.refund(1)).json()["error"]["code"] == "already_refunded"


async def test_fifty_refunds_at_once_stop_at_what_was_captured(simulators: Simulators) -> None:
    answers = await asyncio.gather(*(simulators.refund(1_000, reference=f"r/{n}") for n in range(50)))

    assert sorted(answer.status_code for answer in answers) == [201] * 30 + [422] * 20
    assert (await simulators.payment())["refundable"]["minor"] == 0
    assert (await simulators.books())["balanced"]


async def test_a_refund_to_stored_value_raises_its_balance_at_once(simulators: Simulators) -> None:
    await simulators.admin("PUT", "settings", {"settle_after_s": 3_600})
    refund = (await simulators.refund(500, instrument="gift-77")).json()

    assert refund["state"] == "settled"
    instruments = (await simulators.get("/billing/instruments", customer_id="C-1001")).json()["data"]
    assert {x["id"]: x.get("balance") for x in instruments} == {
        "card-4242": None, "gift-77": {"minor": 2_000, "currency": "EUR"},
    }  # fmt: skip
    assert (await simulators.books())["balanced"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"instrument": "card-1881"}, "instrument_not_allowed"),
        ({"instrument": "nothing"}, "instrument_not_allowed"),
        ({"payment": "pay-4901", "instrument": "gift-77"}, "instrument_not_allowed"),
        ({"amount": {"minor": 100, "currency": "USD"}}, "currency_mismatch"),
    ],
)
async def test_a_refund_that_may_not_be_is_refused_by_name(
    simulators: Simulators, given: dict[str, Any], code: str
) -> None:
    before = await simulators.books()
    refused = await simulators.refund(100, **given)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
    assert await simulators.books() == before


@pytest.mark.parametrize(
    "amount", [{"minor": 0, "currency": "EUR"}, {"minor": "5", "currency": "EUR"}, {"minor": 5}, 5]
)
async def test_an_unreadable_amount_is_a_400_that_names_the_field(simulators: Simulators, amount: object) -> None:
    refused = await simulators.refund(1, amount=amount)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_request")
    assert refused.json()["error"]["param"].startswith("amount")
    assert (await simulators.payment())["refunds"] == []


async def test_refunds_are_found_by_payment_and_by_reference(simulators: Simulators) -> None:
    first = (await simulators.refund(100, reference="r/1")).json()
    second = (await simulators.refund(200, reference="r/2")).json()

    assert (await simulators.get("/billing/refunds", payment_id="pay-4821")).json()["data"] == [first, second]
    assert (await simulators.get("/billing/refunds", reference="r/2")).json()["data"] == [second]


async def test_a_payment_is_refunded_only_at_the_version_that_was_read(simulators: Simulators) -> None:
    version = (await simulators.payment())["version"]
    await simulators.refund(100)
    body = {"amount": {"minor": 100, "currency": "EUR"}, "instrument_id": "card-4242"}

    stale = await simulators.write("POST", "/billing/payments/pay-4821/refunds", body, If_Match=version)
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "stale_version")

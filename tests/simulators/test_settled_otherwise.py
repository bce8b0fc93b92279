"""Replacement orders and repair vouchers: what the systems keep of them, refuse, and say of their books."""

from typing import Any

import httpx
import pytest

from tests.simulators.conftest import Simulators
from tests.simulators.test_claims import opened


def eur(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "EUR"}


async def replaced(simulators: Simulators, claim: str, deductible: int = 1_000, **changes: Any) -> httpx.Response:
    """The first line of order 4822 once more, at the cost of the coverage less the deductible."""
    order = (await simulators.get("/orders/4822")).json()
    line = order["lines"][0]
    body = {
        "customer_id": "C-1001", "product_id": line["product_id"], "variant_id": line["variant_id"],
        "address": {"line1": "Gartenstrasse 1", "city": "Berlin", "postal_code": "10117", "country": "DE"},
        "covered": {"claim_id": claim, "amount": eur(4_000 - deductible), "deductible": eur(deductible)},
        "replaces": {"order_id": "4822", "line_id": line["id"]}, "reference": "ours/replace/1",
    }  # fmt: skip
    return await simulators.write("POST", "/orders", body | changes)


async def issued(simulators: Simulators, claim: str, minor: int = 4_000) -> dict[str, Any]:
    body = {"claim_id": claim, "amount": eur(minor), "provider": "FixIt", "expires_on": "2027-02-01"}
    answer = await simulators.write("POST", "/claims/vouchers", body | {"reference": "ours/voucher/1"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def on_file(simulators: Simulators, claim: str, minor: int, **what: Any) -> httpx.Response:
    await simulators.write("PUT", f"/claims/{claim}/reserve", {"amount": eur(5_000)})
    body = {"amount": eur(minor), "deductible": eur(1_000)} | what
    return await simulators.write("POST", f"/claims/{claim}/payments", body)


async def test_a_replacement_is_an_order_that_the_coverage_and_a_charge_pay_for(simulators: Simulators) -> None:
    claim = await opened(simulators)
    order = (await replaced(simulators, claim)).json()
    charge = {"order_id": order["id"], "instrument_id": "card-4242", "amount": eur(1_000)}
    await simulators.write("POST", "/billing/charges", charge)
    recorded = await on_file(simulators, claim, 3_000, kind="replacement", order_id=order["id"])

    found = await simulators.get("/orders", customer_id="C-1001", reference="ours/replace/1")
    books = await simulators.books()
    assert [o["id"] for o in found.json()["data"]] == [order["id"]]
    assert (order["status"], order["lines"][0]["price"], order["replaces"]["order_id"]) == ("open", eur(4_000), "4822")
    assert recorded.json()["reserve"]["minor"] == 2_000
    assert (books["problems"], books["differences"]) == ([], [])
    export = await simulators.admin("GET", "dataset")
    await simulators.admin("PUT", "dataset", export)
    assert await simulators.admin("GET", "dataset") == export


async def test_a_replacement_whose_deductible_nobody_paid_is_a_difference(simulators: Simulators) -> None:
    claim = await opened(simulators)
    order = (await replaced(simulators, claim)).json()
    await on_file(simulators, claim, 3_000, kind="replacement", order_id=order["id"])

    [difference] = (await simulators.books())["differences"]

    assert order["id"] in difference


async def test_what_stands_on_no_file_is_told_until_it_is_taken_back(simulators: Simulators) -> None:
    claim = await opened(simulators)
    order, voucher = (await replaced(simulators, claim)).json(), await issued(simulators, claim)

    problems = (await simulators.books())["problems"]
    await simulators.write("PUT", f"/orders/{order['id']}/changes/ours", {"kind": "cancel"})
    await simulators.write("POST", f"/claims/vouchers/{voucher['id']}/void", {})

    assert [any(id in problem for problem in problems) for id in (order["id"], voucher["id"])] == [True, True]
    books = await simulators.books()
    assert (books["problems"], books["differences"]) == ([], [])


async def test_a_voucher_counts_against_limit_and_loss_as_money_does(simulators: Simulators) -> None:
    claim = await opened(simulators)
    voucher = await issued(simulators, claim, 40_000)
    await simulators.write("PUT", f"/claims/{claim}/reserve", {"amount": eur(40_000)})
    body = {"kind": "repair_voucher", "voucher_id": voucher["id"], "amount": eur(40_000), "deductible": eur(1_000)}
    await simulators.write("POST", f"/claims/{claim}/payments", body)

    problems = " ".join((await simulators.books())["problems"])

    assert "its limit is 30000" in problems
    assert "of a loss of 5000" in problems


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customer_id": "nobody"}, "unknown_customer"),
        ({"variant_id": "none"}, "unknown_variant"),
        ({"product_id": "none"}, "unknown_variant"),
    ],
)
async def test_what_cannot_be_sent_is_refused(simulators: Simulators, changes: dict[str, Any], code: str) -> None:
    refused = await replaced(simulators, await opened(simulators), **changes)

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)


async def test_what_is_sold_out_is_refused(simulators: Simulators) -> None:
    document = await simulators.admin("GET", "dataset")
    for product in document["products"]:
        for variant in product["variants"]:
            variant["available"] = False
    await simulators.admin("PUT", "dataset", document)

    refused = await replaced(simulators, await opened(simulators))

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "variant_unavailable")


async def test_a_voucher_is_issued_on_an_open_claim_only_and_stays_when_redeemed(simulators: Simulators) -> None:
    claim = await opened(simulators)
    voucher = await issued(simulators, claim)
    document = await simulators.admin("GET", "dataset")
    document["vouchers"][0]["state"] = "redeemed"
    await simulators.admin("PUT", "dataset", document)

    void = await simulators.write("POST", f"/claims/vouchers/{voucher['id']}/void", {})
    await simulators.write("PATCH", f"/claims/{claim}", {"state": "withdrawn"})
    body = {"claim_id": claim, "amount": eur(1), "provider": "FixIt", "expires_on": "2027-02-01"}
    closed = await simulators.write("POST", "/claims/vouchers", body)

    assert (void.status_code, void.json()["error"]["code"]) == (409, "voucher_redeemed")
    assert (closed.status_code, closed.json()["error"]["code"]) == (409, "claim_closed")


@pytest.mark.parametrize("kind", ["payment", "replacement", "repair_voucher"])
async def test_nothing_comes_on_the_file_that_is_not_there(simulators: Simulators, kind: str) -> None:
    refused = await on_file(simulators, await opened(simulators), 100, kind=kind)

    assert (refused.status_code, refused.json()["error"]["code"][:8]) == (422, "unknown_")

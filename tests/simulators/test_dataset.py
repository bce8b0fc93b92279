import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from handrail.simulators.dataset import Dataset, DatasetError
from handrail.simulators.generated import generate
from handrail.simulators.parsing import parse
from tests.running import ROOT
from tests.simulators.conftest import Simulators

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Damage = Callable[[dict[str, Any]], object]


async def test_a_thousand_orders_come_out_as_they_went_in(simulators: Simulators) -> None:
    document = generate(1_000, seed=3, now=NOW).model_dump_json()
    loaded = await simulators.http.put("/admin/dataset", content=document)

    assert (loaded.status_code, loaded.json()["loaded"]["orders"]) == (200, 1_000)
    assert await simulators.admin("GET", "dataset") == json.loads(document)
    assert (await simulators.books())["balanced"]


async def test_what_was_done_is_in_the_export_and_loads_again(simulators: Simulators) -> None:
    await simulators.refund(500, instrument="gift-77", reference="r/1")
    await simulators.write("PUT", "/orders/4821/marks/m1", {"kind": "refund_pending"})
    await simulators.write("POST", "/crm/customers/C-1001/notes", {"text": "Hello", "reference": "n/1"})
    case = (await simulators.write("POST", "/cases", {"subject": "x", "customer_id": "C-1001"})).json()
    await simulators.write("PATCH", f"/cases/{case['id']}", {"state": "pending", "comment": "c"})
    export = await simulators.admin("GET", "dataset")
    payment = await simulators.payment()

    await simulators.admin("PUT", "dataset", export)

    assert await simulators.admin("GET", "dataset") == export
    again = await simulators.payment()
    assert again | {"version": ""} == payment | {"version": ""}
    assert (await simulators.books())["balanced"]
    other = (await simulators.refund(1, reference="r/2")).json()
    assert other["id"] != payment["refunds"][0]["id"]


async def test_a_pending_refund_in_a_dataset_settles_when_it_says(simulators: Simulators) -> None:
    await simulators.admin("PUT", "settings", {"settle_after_s": 3_600})
    pending = (await simulators.refund(1_000)).json()
    export = await simulators.admin("GET", "dataset")
    await simulators.admin("PUT", "dataset", export)

    assert await simulators.admin("GET", "dataset") == export
    assert (await simulators.books())["balanced"]
    refund = next(refund for refund in export["refunds"] if refund["id"] == pending["id"])
    refund["settles_at"] = None
    await simulators.admin("PUT", "dataset", export)
    assert (await simulators.get(f"/billing/refunds/{pending['id']}")).json()["state"] == "pending"


async def test_a_broken_document_changes_nothing_and_says_where_it_is_broken(simulators: Simulators) -> None:
    export = await simulators.admin("GET", "dataset")
    broken = json.loads(json.dumps(export))
    broken["orders"][3]["lines"][0]["variant_id"] = "77"
    answer = await simulators.http.put("/admin/dataset", json=broken)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "orders[3].lines[0].variant_id: no variant 77 in products"
    assert answer.json()["problems"] == [
        {"path": "orders[3].lines[0].variant_id", "message": "no variant 77 in products"}
    ]
    assert await simulators.admin("GET", "dataset") == export


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda d: d["orders"][0].update(customer_id="C-9"), "orders[0].customer_id: no customer C-9 in customers"),
        (lambda d: d["orders"][1].update(id="4821"), "orders[1].id: 4821 is taken by orders[0]"),
        (
            lambda d: d["orders"][0]["lines"][1].update(variant_id="P-14-1"),
            "orders[0].lines[1].variant_id: variant P-14-1 belongs to another product than P-19",
        ),
        (
            lambda d: d["orders"][0]["lines"][1].update(id="4821-1"),
            "orders[0].lines[1].id: 4821-1 is taken by orders[0].lines[0]",
        ),
        (
            lambda d: d["orders"][0]["shipments"][0].update(line_ids=["x"]),
            "orders[0].shipments[0].line_ids[0]: no line x in order 4821",
        ),
        (
            lambda d: d["orders"][0]["requests"].append({"id": "q", "kind": "return", "instrument_id": "i"}),
            "orders[0].requests[0].instrument_id: no instrument i in instruments",
        ),
        (lambda d: d["captures"][0].update(order_id="1"), "captures[0].order_id: no order 1 in orders"),
        (
            lambda d: d["captures"][0].update(instrument_id="card-1881"),
            "captures[0].instrument_id: card-1881 is not an instrument of customer C-1001",
        ),
        (
            lambda d: d["captures"][0]["amount"].update(currency="USD"),
            "captures[0].amount.currency: USD, but order 4821 is in EUR",
        ),
        (lambda d: d["instruments"][1].update(balance=None), "instruments[1].balance: gift-77: a stored_value needs"),
        (lambda d: d["instruments"][0].update(kind="cheque"), "instruments[0].kind: Input should be 'card'"),
        (lambda d: d["orders"][0]["lines"][0]["price"].update(minor=12.5), "orders[0].lines[0].price.minor: "),
        (lambda d: d["orders"][0].update(placed_at="2026-11-20T10:00:00"), "orders[0].placed_at: "),
        (lambda d: d["customers"][0].update(nickname="M"), "customers[0].nickname: Extra inputs"),
        (lambda d: d["refunds"].append(refund(minor=30_001)), "refunds[0].amount: capture pay-4821 has refunds of"),
        (lambda d: d["refunds"].append(refund(payment="p")), "refunds[0].payment_id: no capture p in captures"),
        (
            lambda d: d["refunds"].append(refund(instrument="gift-77", state="pending")),
            "refunds[0].state: a refund to stored value (gift-77) settles at once",
        ),
        (lambda d: d["cases"].append(case(order_id="1")), "cases[1].order_id: no order 1 in orders"),
        (lambda d: d.update(format="other/1"), "format: Input should be 'handrail.dataset/1'"),
    ],
)
def test_every_kind_of_broken_part_is_named_with_its_path(damage: Damage, said: str) -> None:
    document = generate(5, seed=1, now=NOW).model_dump(mode="json")
    damage(document)

    with pytest.raises(DatasetError) as raised:
        parse(json.dumps(document))
    assert str(raised.value).startswith(said)


def test_the_example_in_the_manual_is_a_sound_dataset() -> None:
    manual = (ROOT / "docs" / "simulators.md").read_text()
    example = manual.split("```json\n")[1].split("```")[0]

    assert [order.id for order in parse(example).orders] == ["A-1"]


def test_text_that_is_no_json_is_refused_as_such() -> None:
    with pytest.raises(DatasetError, match="Invalid JSON"):
        parse("{")


def test_the_same_seed_makes_the_same_dataset_and_another_another() -> None:
    assert generate(200, seed=1, now=NOW) == generate(200, seed=1, now=NOW)
    assert generate(200, seed=1, now=NOW).orders[5:] != generate(200, seed=2, now=NOW).orders[5:]


def test_the_generated_dataset_is_sound_and_mixed() -> None:
    made = generate(2_000, seed=4821, now=NOW)

    assert parse(made.model_dump_json()) == made
    assert len(made.orders) == 2_000
    assert {order.status for order in made.orders} == {"open", "shipped", "delivered", "cancelled"}
    assert {instrument.kind for instrument in made.instruments} == {"card", "wallet", "stored_value"}
    assert len(made.captures) > len(made.orders)
    assert {refund.reason for refund in made.refunds} == {"cancelled", "returned"}
    assert made.notes
    assert made.cases


def test_the_demo_orders_are_there_at_any_size() -> None:
    made = generate(0, seed=9, now=NOW)
    orders = {order.id: order for order in made.orders}
    tenders = [(c.order_id, c.instrument_id, c.amount.minor) for c in made.captures]

    assert list(orders) == ["4821", "4822", "4823", "4824", "4901"]
    assert ages(made) == {"4821": 3, "4822": 5, "4823": None, "4824": 200, "4901": 4}
    assert tenders == [
        ("4821", "card-4242", 30_000), ("4822", "card-4242", 7_000), ("4822", "gift-77", 3_000),
        ("4823", "card-4242", 5_200), ("4824", "card-4242", 24_800), ("4901", "card-1881", 100_000),
    ]  # fmt: skip
    for id, order in orders.items():
        captured = sum(minor for order_id, _, minor in tenders if order_id == id)
        assert captured == sum(line.price.minor for line in order.lines)


def ages(made: Dataset) -> dict[str, int | None]:
    """Days since delivery."""
    return {order.id: (NOW - order.delivered_at).days if order.delivered_at else None for order in made.orders}


def refund(
    *, payment: str = "pay-4821", instrument: str = "card-4242", minor: int = 1, state: str = "settled"
) -> dict[str, Any]:
    amount = {"minor": minor, "currency": "EUR"}
    return {
        "id": "r", "payment_id": payment, "instrument_id": instrument, "amount": amount, "state": state,
        "created_at": "2026-11-20T10:00:00Z",
    }  # fmt: skip


def case(**given: str) -> dict[str, Any]:
    return {"id": "c", "subject": "s", "created_at": "2026-11-20T10:00:00Z"} | given

from urllib.parse import quote

from tests.simulators.conftest import Simulators

REFERENCE = "default/refund:4821/mark/1"
MARK = f"/orders/4821/marks/{quote(REFERENCE, safe='')}"


async def test_the_demo_order_is_as_documented(simulators: Simulators) -> None:
    order = (await simulators.get("/orders/4821")).json()

    assert (order["customer_id"], order["status"], order["currency"]) == ("C-1001", "delivered", "EUR")
    assert [line["price"]["minor"] for line in order["lines"]] == [1_200, 4_000, 24_800]
    assert len((await simulators.get("/orders/4901")).json()["lines"]) == 100


async def test_orders_of_a_customer_come_newest_first(simulators: Simulators) -> None:
    found = (await simulators.get("/orders", customer_id="C-1001")).json()["data"]

    assert [order["id"] for order in found] == ["4823", "4821", "4822", "4824"]


async def test_a_mark_is_set_and_cleared_under_its_quoted_reference(simulators: Simulators) -> None:
    set_ = (await simulators.write("PUT", MARK, {"kind": "refund_pending", "note": "n"})).json()
    assert [(m["kind"], m["reference"]) for m in set_["marks"]] == [("refund_pending", REFERENCE)]

    cleared = (await simulators.write("DELETE", MARK)).json()
    assert cleared["marks"] == (await simulators.get("/orders/4821")).json()["marks"] == []


async def test_setting_or_clearing_what_is_so_already_changes_nothing(simulators: Simulators) -> None:
    before = (await simulators.get("/orders/4821")).json()
    assert (await simulators.write("DELETE", MARK)).json() == before

    first = (await simulators.write("PUT", MARK, {"kind": "k"})).json()
    again = (await simulators.write("PUT", MARK, {"kind": "k"})).json()
    assert first["version"] != before["version"]
    assert again == first


async def test_a_write_that_names_a_stale_version_is_refused(simulators: Simulators) -> None:
    version = (await simulators.get("/orders/4821")).json()["version"]
    fresh = await simulators.write("PUT", MARK, {"kind": "k"}, If_Match=version)
    stale = await simulators.write("DELETE", MARK, If_Match=version)

    assert (fresh.status_code, stale.status_code) == (200, 412)
    assert (await simulators.get("/orders/4821")).json()["version"] == fresh.json()["version"]


async def test_a_version_of_an_earlier_dataset_is_stale(simulators: Simulators) -> None:
    version = (await simulators.get("/orders/4821")).json()["version"]
    await simulators.admin("PUT", "dataset", await simulators.admin("GET", "dataset"))

    assert (await simulators.write("PUT", MARK, {"kind": "k"}, If_Match=version)).status_code == 412


async def test_a_product_tells_its_variants(simulators: Simulators) -> None:
    product = (await simulators.get("/orders/products/P-14")).json()

    assert product["variants"][0] == {
        "id": "P-14-1", "options": {"size": "39-42"}, "price": {"minor": 1_200, "currency": "EUR"}, "available": True,
    }  # fmt: skip
